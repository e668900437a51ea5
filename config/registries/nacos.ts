import { watchByPolls } from "./nacos/poll-watch.ts";
import { watchByPush } from "./nacos/push-watch.ts";
import type { RegistryKind } from "./registry.ts";

/** Nacos 1: its HTTP API. */
export const nacos1: RegistryKind = {
  types: ["nacos"],
  watch: watchByPolls,
};

/** Nacos 2 and 3: subscriptions over gRPC, and what the server pushes. */
export const nacos: RegistryKind = {
  types: ["nacos2", "nacos3"],
  watch: watchByPush,
};
