import { watchDns } from "./dns/dns-watch.ts";
import type { RegistryKind } from "./registry.ts";

/** One service, `NAME.dns`, at the addresses of the host names that `domain` lists. */
export const dns: RegistryKind = {
  types: ["dns"],
  watch: watchDns,
};
