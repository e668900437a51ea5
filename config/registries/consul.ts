import { ConsulWatch } from "./consul/consul-watch.ts";
import type { RegistryKind } from "./registry.ts";

/** HashiCorp Consul: blocking queries of the catalog and of each service's health. */
export const consul: RegistryKind = {
  types: ["consul"],
  watch: (config, world, listener) => new ConsulWatch(config, world, listener),
};
