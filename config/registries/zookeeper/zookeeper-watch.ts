import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { reasonOf } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { Reading, type Root } from "./reading.ts";
import { Session } from "./session.ts";

const WHAT = "the session";

/** See {@link ZooKeeperWatch}. */
export function watchZooKeeper(
  config: RegistryConfig,
  world: RegistryWorld,
  listener: RegistryListener,
): RegistryWatcher {
  const known = new KnownServices(config, world, listener);
  return watchUntilClosed(known, (closing) => new ZooKeeperWatch(config, world, known, closing).run());
}

/** Reads the tree, and again with a new session whenever one is over. */
class ZooKeeperWatch {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #roots: readonly Root[];
  readonly #closing: AbortSignal;
  #reading: Reading | undefined;

  constructor(config: RegistryConfig, world: RegistryWorld, known: KnownServices, closing: AbortSignal) {
    this.#config = config;
    this.#world = world;
    this.#known = known;
    this.#roots = rootsOf(config);
    this.#closing = closing;
  }

  async run(): Promise<void> {
    const retry = new Retry(this.#world);
    const signal = this.#closing;
    while (!signal.aborted) {
      const reason = await this.#session(() => retry.reset());
      if (signal.aborted) return;
      this.#known.failed(WHAT, reason);
      await pause(this.#world.clock, retry.next(), signal);
    }
  }

  /** Resolves to why the session is over, or did not come about. */
  async #session(opened: () => void): Promise<string> {
    const { domain: host, port } = this.#config;
    try {
      const session = await Session.open(this.#world, {
        host: host.replace(/^\[|\]$/g, ""),
        port,
        signal: this.#closing,
        changed: (path) => this.#reading?.changed(path),
      });
      this.#reading = new Reading(session, this.#roots, {
        settled: (instances) => {
          opened();
          this.#known.answered(WHAT);
          this.#known.tell(instances);
        },
        skipped: (what, why) => this.#known.skipped(what, why),
      });
      return await session.over;
    } catch (error) {
      return reasonOf(error);
    } finally {
      this.#reading = undefined;
    }
  }
}

/** Dubbo's tree and Spring Cloud's, and what is named beside them. */
function rootsOf({ zkServicesPath }: RegistryConfig): readonly Root[] {
  const named = zkServicesPath.map((path) => `/${path.replace(/^\/+|\/+$/g, "")}`);
  const spring = new Set(["/services", ...named]);
  spring.delete("/dubbo");
  return [{ path: "/dubbo", kind: "dubbo" }, ...[...spring].map((path): Root => ({ path, kind: "spring" }))];
}
