import { STATUS } from "../abi.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

export function lifecycleFunctions(scope: VmScope): HostFunctions {
  const { contexts, host } = scope;
  return {
    proxy_set_effective_context: (id: number): number => (contexts.choose(id >>> 0) ? STATUS.ok : STATUS.badArgument),
    proxy_done: (): number => (scope.finished() ? STATUS.ok : STATUS.notFound),
    proxy_set_tick_period_milliseconds(period: number): number {
      scope.setTick(period >>> 0);
      return STATUS.ok;
    },
    proxy_get_current_time_nanoseconds(time: number): number {
      scope.memory.setU64(time, BigInt(Math.round(host.clock.now())) * 1_000_000n);
      return STATUS.ok;
    },
    // ABI 0.1.0.
    proxy_get_configuration(pointer: number, size: number): number {
      scope.memory.give(scope.settings.configuration, pointer, size);
      return STATUS.ok;
    },
  };
}
