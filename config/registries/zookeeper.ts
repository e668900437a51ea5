import type { RegistryKind } from "./registry.ts";
import { watchZooKeeper } from "./zookeeper/zookeeper-watch.ts";

/** Apache ZooKeeper: what Dubbo and Spring Cloud register there, by watches. */
export const zookeeper: RegistryKind = {
  types: ["zookeeper"],
  watch: watchZooKeeper,
};
