import { isDeepStrictEqual } from "node:util";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import { mapping } from "../../check-values.ts";
import { kindNameOf, labelOf, type Resource } from "../../kubernetes/resource.ts";
import { keyOf, type ResourceKey } from "../../kubernetes/resource-set.ts";
import type { Written } from "../../kubernetes/translator.ts";
import { type KubeClient, KubeError } from "./api-client.ts";
import { collectionPath, type KubeKind } from "./kinds.ts";
import { hasStatus, mergedStatus } from "./merged-status.ts";

/** What a writer works with. */
export interface StatusWorld {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whose entries in statuses are this gateway's. */
  readonly controllerName: string;
}

interface Wanted {
  readonly resource: Resource;
  readonly status: Written;
}

/** How often a status is tried to be written that somebody else changes at the same time. */
const TRIES = 5;

/**
 * Writes objects' statuses, one at a time, the last one wanted for each. Only while it is allowed to: of several replicas one writes.
 * A status that the object has already is not written, and what others wrote stays.
 */
export class StatusWriter {
  readonly #kinds: ReadonlyMap<string, KubeKind>;
  readonly #world: StatusWorld;
  readonly #wanted = new Map<ResourceKey, Wanted>();
  /** What could not be written, and is tried again after a while. */
  readonly #failed = new Map<ResourceKey, Wanted>();
  /** What was wanted when it was written last. */
  readonly #done = new Map<ResourceKey, Wanted>();
  readonly #retry: Retry;
  #resting = false;
  #allowed = false;
  #writing = false;

  constructor(kinds: readonly KubeKind[], world: StatusWorld) {
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
    this.#world = world;
    this.#retry = new Retry(world);
  }

  allow(allowed: boolean): void {
    this.#allowed = allowed;
    void this.#writeAll();
  }

  write(resource: Resource, status: Written): void {
    const { namespace, name } = resource.metadata;
    const key = keyOf(kindNameOf(resource), namespace, name);
    const known = this.#done.get(key);
    const there = mapping(resource["status"]);
    this.#wanted.delete(key);
    this.#failed.delete(key);
    // One of the same name that was made anew has none yet.
    const same = known?.resource.metadata.uid === resource.metadata.uid;
    if (
      known !== undefined && same
        ? isDeepStrictEqual(known.status, status)
        : hasStatus(there, this.#merged(status, there))
    )
      return;
    this.#wanted.set(key, { resource, status });
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      for (;;) {
        const [next] = this.#wanted;
        if (!this.#allowed || next === undefined || this.#world.signal.aborted) return;
        this.#wanted.delete(next[0]);
        await this.#writeOne(...next);
      }
    } finally {
      this.#writing = false;
    }
  }

  async #writeOne(key: ResourceKey, wanted: Wanted): Promise<void> {
    const { resource, status } = wanted;
    try {
      for (let tries = 1; !(await this.#written(resource, status)) && tries < TRIES; tries++);
      this.#done.set(key, wanted);
      this.#failed.delete(key);
      this.#retry.reset();
    } catch (error) {
      // What is gone needs no status.
      if (this.#world.signal.aborted || (error instanceof KubeError && error.status === 404)) return;
      const problem = error instanceof Error ? error.message : String(error);
      if (!this.#failed.has(key))
        this.#world.log.warn("A status cannot be written.", { resource: labelOf(resource), problem });
      if (this.#wanted.has(key)) return;
      this.#failed.set(key, wanted);
      void this.#tryAgain();
    }
  }

  /** Nobody asks again for what has not changed. */
  async #tryAgain(): Promise<void> {
    if (this.#resting) return;
    this.#resting = true;
    await pause(this.#world.clock, this.#retry.next(), this.#world.signal);
    this.#resting = false;
    for (const [key, wanted] of this.#failed) this.#wanted.set(key, wanted);
    await this.#writeAll();
  }

  /** False: the object was changed in between. */
  async #written(resource: Resource, status: Written): Promise<boolean> {
    const kind = this.#kinds.get(kindNameOf(resource));
    if (kind === undefined) return true;
    const { client, signal } = this.#world;
    const { apiVersion, metadata } = resource;
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    const path = `${collectionPath(kind, version, metadata.namespace)}/${metadata.name}`;
    const object = mapping(await client.json({ path, signal }));
    const there = mapping(object["status"]);
    const merged = this.#merged(status, there);
    if (hasStatus(there, merged)) return true;
    const { resourceVersion } = mapping(object["metadata"]);
    const body = { metadata: { resourceVersion }, status: merged };
    try {
      const contentType = "application/merge-patch+json";
      await client.json({ method: "PATCH", path: `${path}/status`, body, contentType, signal });
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.status === 409) return false;
      throw error;
    }
  }

  #merged(status: Written, there: Written): Written {
    const { clock, controllerName } = this.#world;
    // To the second, as the API server keeps it.
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    return mergedStatus(status, there, { controllerName, now });
  }
}
