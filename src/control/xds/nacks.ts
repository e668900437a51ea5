import type { ResourceType } from "./resource-types.ts";

/** A client's refusal of an answer. */
export interface Nack {
  readonly node: string;
  readonly cluster: string;
  readonly type: ResourceType;
  readonly version: string;
  readonly nonce: string;
  /** In the client's words. */
  readonly error: string;
  /** What was in the answer, up to a few names. */
  readonly resources: readonly string[];
  readonly resourceCount: number;
  /** Unix time in milliseconds. */
  readonly time: number;
}

const MAX_KEPT = 200;
const MAX_NAMES = 20;

/** The last refusals, newest first. */
export class Nacks {
  #kept: Nack[] = [];

  get all(): readonly Nack[] {
    return this.#kept;
  }

  add(nack: Omit<Nack, "resources" | "resourceCount">, names: readonly string[]): void {
    const resources = names.slice(0, MAX_NAMES);
    this.#kept = [{ ...nack, resources, resourceCount: names.length }, ...this.#kept].slice(0, MAX_KEPT);
  }
}
