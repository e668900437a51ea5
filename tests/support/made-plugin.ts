import { z } from "zod";
import { definePlugin, type Filter, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";

/** What of a made plugin may be other than usual. */
export type MadeOptions = Partial<Pick<Plugin, "phase" | "priority" | "failStrategy">>;

/** A plugin for tests: any options, given hooks. */
export function madePlugin(
  name: string,
  filter: Filter | ((options: Readonly<Record<string, unknown>>, host: PluginHost) => Filter),
  place: MadeOptions = {},
): Plugin {
  return definePlugin({
    name,
    summary: "For tests.",
    phase: "UNSPECIFIED_PHASE",
    priority: 0,
    failStrategy: "FAIL_CLOSE",
    ...place,
    options: z.record(z.string(), z.unknown()),
    configure: (options, host) => (typeof filter === "function" ? filter(options, host) : filter),
  });
}
