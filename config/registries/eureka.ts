import { watchEureka } from "./eureka/eureka-watch.ts";
import type { RegistryKind } from "./registry.ts";

/** Netflix Eureka: everything once, then what has changed. */
export const eureka: RegistryKind = {
  types: ["eureka"],
  watch: watchEureka,
};
