import type { JsonObject } from "#src/core/json.ts";
import type { Refusal } from "../refusal.ts";

/** What a filter does at one route. */
export interface AtRoute {
  /** By the filter's name: its `typed_per_filter_config`. */
  readonly filters: JsonObject;
  /** Fields of the route itself, such as `request_headers_to_add`. */
  readonly fields?: JsonObject;
  /** URLs that Envoy fetches for it. */
  readonly origins?: readonly string[];
}

/** What a built-in plugin's filter may know of the place it is for. */
export interface Place {
  /** The virtual host's pattern. */
  readonly host: string;
  /** Whether the entry has rules: what a plugin without a word does then is its own to say. */
  readonly hasRules: boolean;
  /** Puts something into the filter's own configuration, once for all that is equal; answers the name it has there. */
  share(filter: string, part: JsonObject): string;
}

/** A built-in plugin whose work Envoy's own filters can do. */
export interface NativeFilter {
  /** The built-in's name. */
  readonly plugin: string;
  /** Envoy's filters, in their order; they rest wherever a route says nothing of them. */
  readonly filters: readonly EnvoyFilter[];
  /** Options are those that the built-in's own schema read. */
  atRoute(options: unknown, place: Place): AtRoute | Refusal;
  /** The filter's own configuration with the parts that routes have put into it. */
  shared?(parts: ReadonlyMap<string, JsonObject>): JsonObject;
}

/** A filter of Envoy's. */
export type EnvoyFilter =
  | { readonly name: string; readonly config: JsonObject }
  /** Its configuration is of this type and comes by ECDS, since routes have a part in it. */
  | { readonly name: string; readonly config: undefined; readonly type: string };
