import type { ResourceMap, XdsResource } from "./snapshot.ts";

/** Whether a stream carries the state of the world or what changed of it. */
export type Protocol = "sotw" | "delta";

/** One resource of an answer. Without one the name is gone, or, for a host that was asked for, unknown. */
export interface Entry {
  readonly name: string;
  readonly resource?: XdsResource;
  readonly aliases?: readonly string[];
}

/** What shall be sent. */
export interface Push {
  readonly version: string;
  readonly entries: readonly Entry[];
  /** There is something that the client did not have or that its clusters wait for: routes that need it have to wait as well. */
  readonly introduces: boolean;
  /** It was refused before, together with others. */
  readonly retry: boolean;
  /** What the client has when it has taken it. */
  readonly wanted: ResourceMap;
}

/** What a client said of an answer. */
export interface Verdict {
  readonly version: string;
  readonly nonce: string;
  readonly time: number;
}

/** Why an answer was not taken. */
export interface Refusal extends Verdict {
  readonly error: string;
  /** What was in it. */
  readonly names: readonly string[];
}

/** An answer the client has said nothing of yet. */
export interface Outstanding extends Verdict {
  readonly push: Push;
}
