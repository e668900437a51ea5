import type { Clock } from "../../core/clock.ts";
import { failureDetail } from "../../core/fetch-failure.ts";
import { sha256 } from "./digest.ts";
import { prune } from "./prune.ts";
import { parseDigest } from "./reference.ts";

/** Which module was found behind a URL or a manifest's digest. */
export interface Link {
  /** Hexadecimal SHA-256 of the module. */
  readonly module: string;
  /** Of the manifests that led to it, the one that was asked for first. */
  readonly manifests: readonly string[];
}

/** Where and how much is kept. */
export interface DiskCacheOptions {
  readonly folder: string;
  /** For all modules together; those that were not used for longest go first. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** What could not be kept, which is no reason not to go on. */
  readonly warn: (message: string) => void;
}

/**
 * Modules by their digest, and links to them, in a folder that several processes may share: a file is written beside its place and moved
 * there whole, and what is read is checked. A cache that cannot be used is an empty one.
 */
export class DiskCache {
  readonly #options: DiskCacheOptions;

  constructor(options: DiskCacheOptions) {
    this.#options = options;
  }

  async module(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = this.#modulePath(digest);
    const bytes = await this.#read(path);
    if (bytes === undefined || (await sha256(bytes)) !== digest) return undefined;
    const { utimes } = await import("node:fs/promises");
    const now = new Date(this.#options.clock.now());
    // It was used: that keeps it from being the next to go.
    await utimes(path, now, now).catch(() => {});
    return bytes;
  }

  async link(name: string): Promise<Link | undefined> {
    const bytes = await this.#read(await this.#linkPath(name));
    return bytes === undefined ? undefined : parseLink(new TextDecoder().decode(bytes));
  }

  /** Keeps a module, and the names that lead to it. */
  async keep(module: Uint8Array<ArrayBuffer>, link: Link, names: readonly string[]): Promise<void> {
    const { folder, maxBytes, clock } = this.#options;
    await this.#trying(async () => {
      await this.#write(this.#modulePath(link.module), module);
      await this.#writeLinks(link, names);
      const [modules, links] = [`${folder}/modules`, `${folder}/links`];
      await prune({ modules, links, maxBytes, now: clock.now(), spare: link.module });
    });
  }

  /** Keeps more names of a module that is there. */
  async keepLinks(link: Link, names: readonly string[]): Promise<void> {
    await this.#trying(() => this.#writeLinks(link, names));
  }

  async #trying(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#options.warn(`A plugin's module cannot be kept in ${this.#options.folder}: ${failureDetail(error)}.`);
    }
  }

  async #writeLinks(link: Link, names: readonly string[]): Promise<void> {
    const content = new TextEncoder().encode(JSON.stringify(link));
    for (const name of names) await this.#write(await this.#linkPath(name), content);
  }

  #modulePath(digest: string): string {
    return `${this.#options.folder}/modules/${digest}.wasm`;
  }

  /** The name's digest, since a URL may hold secrets, and signs that no file name has. */
  async #linkPath(name: string): Promise<string> {
    return `${this.#options.folder}/links/${await sha256(new TextEncoder().encode(name))}.json`;
  }

  async #read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { readFile } = await import("node:fs/promises");
    try {
      return new Uint8Array(await readFile(path));
    } catch {
      return undefined;
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const { mkdir, rename, rm, writeFile } = await import("node:fs/promises");
    const { dirname } = await import("node:path");
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const beside = `${path}.${crypto.randomUUID()}.part`;
    try {
      await writeFile(beside, bytes, { mode: 0o600, flag: "wx" });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }
}

function parseLink(text: string): Link | undefined {
  try {
    const { module, manifests } = JSON.parse(text) as Partial<Link>;
    const digests = [module, ...(Array.isArray(manifests) ? manifests : [undefined])];
    if (!digests.every((digest) => typeof digest === "string" && parseDigest(digest) === digest)) return undefined;
    return { module: String(module), manifests: manifests as readonly string[] };
  } catch {
    return undefined;
  }
}
