import type { MetricKind, PluginMetric } from "../../../core/plugin-host.ts";
import { STATUS } from "../abi.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** In the order of their numbers in the ABI. */
const KINDS: readonly MetricKind[] = ["counter", "gauge", "histogram"];

interface Defined {
  readonly kind: MetricKind;
  readonly metric: PluginMetric;
}

export function metricFunctions(scope: VmScope): HostFunctions {
  const defined: Defined[] = [];
  const ids = new Map<string, number>();

  function define(kind: MetricKind, name: string): number | undefined {
    const key = `${kind} ${name}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    try {
      const id = defined.push({ kind, metric: scope.host.metric(kind, name) });
      ids.set(key, id);
      return id;
    } catch {
      return undefined;
    }
  }

  return {
    proxy_define_metric(type: number, name: number, size: number, id: number): number {
      const kind = KINDS[type];
      if (kind === undefined) return STATUS.badArgument;
      const given = define(kind, scope.memory.text(name, size));
      if (given === undefined) return STATUS.badArgument;
      scope.memory.setU32(id, given);
      return STATUS.ok;
    },
    proxy_increment_metric(id: number, delta: bigint): number {
      const found = defined[(id >>> 0) - 1];
      if (found === undefined) return STATUS.notFound;
      if (found.kind === "histogram" || (found.kind === "counter" && delta < 0n)) return STATUS.badArgument;
      found.metric.add(Number(delta));
      return STATUS.ok;
    },
    proxy_record_metric(id: number, value: bigint): number {
      const found = defined[(id >>> 0) - 1];
      if (found === undefined) return STATUS.notFound;
      const amount = Number(BigInt.asUintN(64, value));
      if (found.kind === "counter") found.metric.add(amount);
      else found.metric.record(amount);
      return STATUS.ok;
    },
    proxy_get_metric(id: number, value: number): number {
      const found = defined[(id >>> 0) - 1];
      if (found === undefined) return STATUS.notFound;
      scope.memory.setU64(value, BigInt(Math.max(0, Math.round(found.metric.value))));
      return STATUS.ok;
    },
  };
}
