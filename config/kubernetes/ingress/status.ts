import { parseAddress } from "#src/core/network/address.ts";
import type { Written } from "../translator.ts";

/** Where the gateway is, as an Ingress' status tells it. Undefined: nobody said. */
export function statusOf(addresses: readonly string[]): Written | undefined {
  if (addresses.length === 0) return undefined;
  const ingress = addresses.map((address) =>
    parseAddress(address) === undefined ? { hostname: address } : { ip: address },
  );
  return { loadBalancer: { ingress } };
}
