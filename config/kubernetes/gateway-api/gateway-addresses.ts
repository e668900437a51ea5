import type { Resource } from "../resource.ts";
import type { TranslatorOptions } from "../translator.ts";
import { mappingsAt, textAt } from "./fields.ts";

/** An address in a Gateway's status. */
export interface GatewayAddress {
  readonly type: "IPAddress" | "Hostname";
  readonly value: string;
}

/** What became of the addresses a Gateway asks for. */
export interface GatewayAddresses {
  readonly addresses: readonly GatewayAddress[];
  /** A kind of address that there is none of: the Gateway is refused. */
  readonly unsupported?: string;
  /** An address that it cannot have. */
  readonly failed?: { readonly reason: "AddressNotUsable" | "AddressNotAssigned"; readonly message: string };
}

/** The addresses of a Gateway: those it asks for, where they are the gateway's own; all of these when it asks for none. */
export function addressesOf(gateway: Resource, options: TranslatorOptions): GatewayAddresses {
  const own = options.addresses.map(addressOf);
  const wanted = mappingsAt(gateway.spec, "addresses");
  if (wanted.length === 0) return { addresses: own };
  const addresses: GatewayAddress[] = [];
  let failed: GatewayAddresses["failed"];
  for (const one of wanted) {
    const type = textAt(one, "type") ?? "IPAddress";
    if (type !== "IPAddress" && type !== "Hostname") {
      return { addresses: [], unsupported: `Addresses of the type ${type} are not supported.` };
    }
    const value = textAt(one, "value");
    const found = own.filter((address) => address.type === type && (value === undefined || address.value === value));
    if (found.length > 0) addresses.push(...found);
    else if (value === undefined) failed ??= { reason: "AddressNotAssigned", message: `There is no ${type} to give.` };
    // Nobody said what the gateway's addresses are, or it is the name of its Service, as Istio and Higress take it.
    else if (type === "Hostname" || own.length === 0) addresses.push({ type, value });
    else failed ??= { reason: "AddressNotUsable", message: `The gateway does not have the address ${value}.` };
  }
  const unique = new Map(addresses.map((address) => [`${address.type} ${address.value}`, address]));
  return { addresses: [...unique.values()], ...(failed === undefined ? {} : { failed }) };
}

function addressOf(value: string): GatewayAddress {
  return { type: /^\d{1,3}(?:\.\d{1,3}){3}$|:/.test(value) ? "IPAddress" : "Hostname", value };
}
