import type { Protocol } from "./push.ts";
import type { ResourceType } from "./resource-types.ts";

/** What is counted of the xDS server; times in milliseconds. */
export interface XdsMetrics {
  /** How many streams are open now. */
  streams(open: number): void;
  pushed(type: ResourceType, protocol: Protocol, resources: number, bytes: number): void;
  /** A client has said what it makes of an answer, this long after it was sent. */
  settled(type: ResourceType, taken: boolean, duration: number): void;
}
