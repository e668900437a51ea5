import { entries, mapping } from "../../check-values.ts";
import type { Instance } from "../instances.ts";

/** A service's instances, and when the server put them together, in its own time. */
export interface ServiceInfo {
  readonly instances: readonly Instance[];
  readonly at: number;
}

/** Nacos' weights have decimals. */
const HUNDREDTHS = 100;

/** Set on what Higress registers itself: it is not for gateways. */
const BRIDGED = "mcp-bridge";

/** Reads a service's `hosts`: those that are healthy, enabled and have a weight. */
export function readServiceInfo(value: unknown, service: string): ServiceInfo {
  const { hosts, lastRefTime } = mapping(value);
  const all = entries(hosts).map(([, host]) => host);
  const weights = all.map(({ weight }) => (typeof weight === "number" ? weight : 1));
  const scale = weights.every(Number.isInteger) ? 1 : HUNDREDTHS;
  const instances = all.flatMap(({ ip, port, healthy, valid, enabled, metadata: written }, at): Instance[] => {
    const weight = weights[at] ?? 1;
    if (healthy === false || valid === false || enabled === false || weight <= 0) return [];
    const metadata = textsOf(written);
    const { protocol } = metadata;
    return [
      {
        service,
        host: typeof ip === "string" ? ip : "",
        port: Number(port),
        weight: Math.max(1, weight * scale),
        metadata,
        ...(protocol === undefined || protocol === "" ? {} : { protocol }),
      },
    ];
  });
  const bridged = instances[0]?.metadata?.["register-resource"] === BRIDGED;
  return { instances: bridged ? [] : instances, at: typeof lastRefTime === "number" ? lastRefTime : 0 };
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(mapping(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
