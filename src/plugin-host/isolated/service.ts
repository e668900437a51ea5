import type { Json } from "../../core/json.ts";
import type { Call } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import type { Sent } from "./wire-values.ts";

/** A question of a plugin's process, taken apart. */
export interface Question {
  readonly method: string;
  readonly args: readonly Json[];
  readonly blobs: readonly Uint8Array<ArrayBuffer>[];
}

/** What a service may use. */
export interface ServiceWorld {
  readonly host: PluginHost;
  /** The request whose hook asks; undefined outside of hooks. */
  readonly call: Call | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One thing that a process may ask the gateway for. Its arguments are not trusted. */
export type Service = (
  world: ServiceWorld,
  args: readonly Json[],
  blobs: readonly Uint8Array<ArrayBuffer>[],
) => Json | Sent | Promise<Json | Sent>;
