import type { PluginLogLevel } from "../../../core/plugin-host.ts";
import { STATUS } from "../abi.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** In the order of their numbers in the ABI. */
export const LOG_LEVELS: readonly PluginLogLevel[] = ["trace", "debug", "info", "warn", "error", "critical"];

const MAX_LINE = 16 * 1024;

export function loggingFunctions(scope: VmScope): HostFunctions {
  return {
    proxy_log(level: number, message: number, size: number): number {
      const name = LOG_LEVELS[level];
      if (name === undefined) return STATUS.badArgument;
      logLine(scope, name, scope.memory.text(message, Math.min(size >>> 0, MAX_LINE)));
      return STATUS.ok;
    },
    proxy_get_log_level(level: number): number {
      scope.memory.setU32(level, LOG_LEVELS.indexOf(scope.settings.logLevel));
      return STATUS.ok;
    },
  };
}

/** Logs a line of the guest's, with the request that it is about; the last lines of a flood are left out. */
export function logLine({ budget, host, contexts }: VmScope, level: PluginLogLevel, message: string): void {
  if (!budget.logLine()) return;
  const id = contexts.current?.call.id;
  if (id === undefined) host.log(level, message);
  else host.log(level, message, { request_id: id });
}
