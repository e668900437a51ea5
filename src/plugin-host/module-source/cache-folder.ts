import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where modules are kept if nobody says otherwise: the XDG cache folder, which is `~/.cache` unless `XDG_CACHE_HOME` is set. */
export function defaultCacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME, HOME } = env;
  // A relative one is to be ignored, says the specification.
  const base = XDG_CACHE_HOME?.startsWith("/") === true ? XDG_CACHE_HOME : join(HOME ?? homedir(), ".cache");
  return join(base, "sluice", "modules");
}
