import type { Route } from "../core/route.ts";
import type { Tracer } from "../core/trace.ts";
import type { Chain } from "../plugin-host/chain.ts";
import type { Consumers } from "./consumers.ts";
import type { IndexedRouteTable } from "./route-table.ts";

/** Why an entry of `plugins` could not be set to work. */
export interface PluginFailure {
  readonly id: string;
  readonly why: string;
}

/** The plugins of each route. */
export interface PluginChains {
  /** Of a request that has no route too. */
  chainOf(route: Route | undefined): Chain;
}

/** What a configuration does, compiled whole. Immutable: a reload builds another one and moves the pointer. */
export interface Snapshot {
  readonly routes: IndexedRouteTable;
  readonly consumers: Consumers;
  /** Left out when there is not one plugin: then requests pay nothing for them. */
  readonly plugins: PluginChains | undefined;
  /** Entries that could not be set to work, and are not required. */
  readonly pluginFailures: readonly PluginFailure[];
  /** Some AI route is open to everybody. */
  readonly hasPublic: boolean;
  /** Answers `/v1/models` and `/v1/models/{id}` for all AI routes. */
  readonly models: Route;
  /** One route in the place of several AI routes, for requests that name no model to choose one of them by. */
  readonly together: (routes: readonly Route[]) => Route;
  /** Left out where requests are not traced. */
  readonly tracer: Tracer | undefined;
  /** The files it was made of, beyond the configuration's own; by absolute path, as they were read. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The largest body read before the route is known, in bytes: the choice by model needs it. */
  readonly maxBodyBytes: number;
  /** Called when the snapshot becomes the live one: what goes on over reloads moves with it. */
  activate(): void;
  /** Called when the snapshot is no longer the live one; requests under way still use it. */
  retire(): void;
}
