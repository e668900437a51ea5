import { isDeepStrictEqual } from "node:util";
import type { Log } from "#src/core/log.ts";
import { mapping } from "../../check-values.ts";
import { kindNameOf, labelOf, type Resource } from "../../kubernetes/resource.ts";
import { keyOf, type ResourceKey } from "../../kubernetes/resource-set.ts";
import type { Written } from "../../kubernetes/translator.ts";
import { type KubeClient, KubeError } from "./api-client.ts";
import { collectionPath, type KubeKind } from "./kinds.ts";

/** What a writer works with. */
export interface StatusWorld {
  readonly client: KubeClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Wanted {
  readonly resource: Resource;
  readonly status: Written;
}

/**
 * Writes objects' statuses, one at a time, the last one wanted for each. Only while it is allowed to: of several replicas one writes.
 * A status that the object has already is not written.
 */
export class StatusWriter {
  readonly #kinds: ReadonlyMap<string, KubeKind>;
  readonly #world: StatusWorld;
  readonly #wanted = new Map<ResourceKey, Wanted>();
  /** What was written or seen last. */
  readonly #done = new Map<ResourceKey, Written>();
  #allowed = false;
  #writing = false;

  constructor(kinds: readonly KubeKind[], world: StatusWorld) {
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
    this.#world = world;
  }

  allow(allowed: boolean): void {
    this.#allowed = allowed;
    void this.#writeAll();
  }

  write(resource: Resource, status: Written): void {
    const { namespace, name } = resource.metadata;
    const key = keyOf(kindNameOf(resource), namespace, name);
    const known = this.#done.get(key) ?? mapping(resource["status"]);
    if (isPartOf(status, known)) {
      this.#wanted.delete(key);
      return;
    }
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

  /** A conflict or an object that is gone means that there is another state, which wants its own status: nothing is tried again. */
  async #writeOne(key: ResourceKey, { resource, status }: Wanted): Promise<void> {
    const kind = this.#kinds.get(kindNameOf(resource));
    if (kind === undefined) return;
    const { apiVersion, metadata } = resource;
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    const path = `${collectionPath(kind, version, metadata.namespace)}/${metadata.name}/status`;
    const contentType = "application/merge-patch+json";
    try {
      const { client, signal } = this.#world;
      await client.json({ method: "PATCH", path, body: { status }, contentType, signal });
      this.#done.set(key, status);
    } catch (error) {
      if (this.#world.signal.aborted || (error instanceof KubeError && [404, 409].includes(error.status))) return;
      const problem = error instanceof Error ? error.message : String(error);
      this.#world.log.warn("A status cannot be written.", { resource: labelOf(resource), problem });
    }
  }
}

/** Whether all that is wanted is there: others may have written more. */
function isPartOf(wanted: Written, there: Written): boolean {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(value, there[key]));
}
