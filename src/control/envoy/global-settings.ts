import type { Config } from "#config/model.ts";

/** What of a configuration holds for all of an Envoy's listeners, routes and clusters. */
export type GlobalSettings = Pick<
  Config,
  "compression" | "downstream" | "upstream" | "tracing" | "addXRealIpHeader" | "disableXEnvoyHeaders"
>;
