import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeApiServer } from "../fake-api-server.ts";
import type { Placed } from "./objects.ts";

/** Where objects are written, for a gateway to read. */
export interface Sink extends AsyncDisposable {
  /** What the gateway is started with. */
  readonly args: readonly string[];
  put(placed: Placed): void;
  delete(placed: Placed): void;
}

export type SinkName = "kube" | "files";

export function sinkOf(name: SinkName): Sink {
  return name === "kube" ? new KubeSink() : new FileSink();
}

/** The stand-in for an API server. */
class KubeSink implements Sink {
  readonly #server = new FakeApiServer();
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-churn-"));
  readonly args: readonly string[];

  constructor() {
    const file = join(this.#folder, "kubeconfig");
    const config = {
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: this.#server.url } }],
      users: [{ name: "u", user: { token: this.#server.token } }],
    };
    writeFileSync(file, JSON.stringify(config));
    this.args = ["--kubeconfig", file];
  }

  put({ collection, object }: Placed): void {
    this.#server.put(collection, object);
  }

  delete({ collection, object }: Placed): void {
    this.#server.delete(collection, object.metadata.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A file for each object. */
class FileSink implements Sink {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-churn-"));
  readonly args: readonly string[] = ["--resources", this.#folder];

  put(placed: Placed): void {
    const file = this.#fileOf(placed);
    // In one step: a file that is half written is read as it is.
    const draft = join(this.#folder, ".draft");
    writeFileSync(draft, JSON.stringify(placed.object));
    renameSync(draft, file);
  }

  delete(placed: Placed): void {
    rmSync(this.#fileOf(placed), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #fileOf({ object: { kind, metadata } }: Placed): string {
    const folder = join(this.#folder, String(kind).toLowerCase());
    mkdirSync(folder, { recursive: true });
    return join(folder, `${metadata.name}.json`);
  }
}
