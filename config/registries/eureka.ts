import { EurekaWatch } from "./eureka/eureka-watch.ts";
import type { RegistryKind } from "./registry.ts";

/** Netflix Eureka: everything once, then what has changed. */
export const eureka: RegistryKind = {
  types: ["eureka"],
  watch: (config, world, listener) => new EurekaWatch(config, world, listener),
};
