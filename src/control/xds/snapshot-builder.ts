import type { JsonObject } from "#src/core/json.ts";
import { MessageError, type Messages } from "./messages.ts";
import { RESOURCE_KINDS, type ResourceKind, type ResourceType } from "./resource-types.ts";
import { ResourceEncoder } from "./resource-encoder.ts";
import {
  EMPTY_SNAPSHOT,
  type EnvoyResources,
  isSame,
  type ResourceMap,
  versionOfBytes,
  type XdsResource,
  type XdsSnapshot,
} from "./snapshot.ts";

/** A resource that is no such message. */
export interface ResourceProblem {
  readonly type: ResourceType;
  readonly name: string;
  /** As `virtual_hosts[3].routes[0].match.prefix`. */
  readonly field: string;
  readonly reason: string;
  /** What the name stood for before is still sent. */
  readonly kept: boolean;
}

/** What came of building: what is right is there, whatever is wrong with the rest. */
export interface BuiltSnapshot {
  readonly snapshot: XdsSnapshot;
  readonly problems: readonly ResourceProblem[];
}

const EMPTY: ReadonlyMap<string, JsonObject> = new Map();

/** Makes snapshots out of resources, one after the other; what did not change from one to the next costs nothing. One builder a view. */
export class SnapshotBuilder {
  readonly #encoder: ResourceEncoder;
  /** By the object it was written as, for as long as the translation keeps that. */
  readonly #made = new WeakMap<JsonObject, XdsResource>();
  #last: XdsSnapshot = EMPTY_SNAPSHOT;
  #lastInput: EnvoyResources = {};
  #lastProblems: readonly ResourceProblem[] = [];

  constructor(messages: Messages) {
    this.#encoder = new ResourceEncoder(messages);
  }

  build(resources: EnvoyResources): BuiltSnapshot {
    const problems: ResourceProblem[] = [];
    const entries = RESOURCE_KINDS.map((kind): [ResourceType, ResourceMap] => [
      kind.type,
      this.#mapOf(kind, resources[kind.type] ?? EMPTY, problems),
    ]);
    const snapshot = { ...this.#last, ...Object.fromEntries(entries) };
    if (entries.some(([type, map]) => this.#last[type] !== map)) this.#last = snapshot;
    this.#lastInput = resources;
    this.#lastProblems = problems;
    return { snapshot: this.#last, problems };
  }

  #mapOf(kind: ResourceKind, input: ReadonlyMap<string, JsonObject>, problems: ResourceProblem[]): ResourceMap {
    const last = this.#last[kind.type];
    if (input === (this.#lastInput[kind.type] ?? EMPTY)) {
      problems.push(...this.#lastProblems.filter(({ type }) => type === kind.type));
      return last;
    }
    const map = new Map<string, XdsResource>();
    for (const [name, body] of input) {
      const resource = this.#resourceOf(kind, name, body, last.get(name), problems);
      if (resource !== undefined) map.set(name, resource);
    }
    return isSame(last, map) ? last : map;
  }

  #resourceOf(
    kind: ResourceKind,
    name: string,
    body: JsonObject,
    last: XdsResource | undefined,
    problems: ResourceProblem[],
  ): XdsResource | undefined {
    const made = this.#made.get(body);
    if (made !== undefined && made.name === name && made.type === kind.type) return made;
    try {
      const bytes = this.#encoder.encode(kind, body);
      const version = versionOfBytes(bytes);
      const resource = last?.version === version ? last : { type: kind.type, name, version, body, bytes };
      this.#made.set(body, resource);
      return resource;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      problems.push({ type: kind.type, name, field: error.field, reason: error.message, kept: last !== undefined });
      return last;
    }
  }
}
