import type { RegistryType } from "../model/registries.ts";
import type { RegistryKind } from "./registry.ts";

/** How a kind of registry is loaded: only configurations that name one pay for it. */
export type LoadKind = () => Promise<RegistryKind>;

/** The kinds of registries that are run. */
export const REGISTRY_KINDS: ReadonlyMap<RegistryType, LoadKind> = new Map<RegistryType, LoadKind>([
  ["static", async () => (await import("./static.ts")).fixed],
  ["dns", async () => (await import("./dns.ts")).dns],
  ["zookeeper", async () => (await import("./zookeeper.ts")).zookeeper],
  ["consul", async () => (await import("./consul.ts")).consul],
  ["eureka", async () => (await import("./eureka.ts")).eureka],
  ["nacos", async () => (await import("./nacos.ts")).nacos1],
  ["nacos2", async () => (await import("./nacos.ts")).nacos],
  ["nacos3", async () => (await import("./nacos.ts")).nacos],
]);
