import type { JsonObject } from "#src/core/json.ts";
import type { XdsSnapshot } from "./snapshot.ts";

/** Who asks: what a client says of itself when its stream begins. */
export interface XdsNode {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: JsonObject;
  /** As `envoy 1.40.0`; empty when it does not say. */
  readonly agent: string;
  readonly zone: string;
}

/** What a node shall have; undefined while there is nothing for it yet, and then it waits. Asked again whenever something changed. */
export type NodeView = (node: XdsNode) => XdsSnapshot | undefined;
