import { isMapping } from "../../check-values.ts";
import type { Merged } from "../merge.ts";
import type { Written } from "../translator.ts";
import { isSameService, withoutPort } from "./rule-place.ts";

/** Where a service is, for those who speak to it without its balancing. */
export interface ServiceAddresses {
  readonly scheme: "http" | "https";
  /** `host:port`. */
  readonly addresses: readonly string[];
  /** The proxy that its registry is reached through. */
  readonly proxy?: string;
}

/** The addresses of a service, as far as they stand in the configuration: other registries are asked later, and by others. */
export function addressesOf(service: string, { lists }: Merged): ServiceAddresses | undefined {
  const name = withoutPort(service);
  for (const { written } of lists.registries.values()) {
    if (`${String(written["name"])}.${String(written["type"])}` === name) return ofRegistry(written);
  }
  for (const [known, { written }] of lists.services) if (isSameService(known, service)) return ofService(written);
  return undefined;
}

function ofRegistry({ type, domain, port, protocol, proxyName }: Written): ServiceAddresses | undefined {
  if (typeof domain !== "string" || (type !== "static" && type !== "dns")) return undefined;
  const hosts = domain.split(",").map((host) => host.trim());
  const addresses = hosts
    .filter((host) => host !== "")
    .map((host) => (type === "dns" ? `${host}:${String(port)}` : host));
  // Ingresses may say it by an annotation; nobody speaks without TLS at this port.
  const scheme = protocol === undefined && Number(port) === 443 ? "https" : schemeOf(protocol);
  return { scheme, addresses, ...(typeof proxyName === "string" ? { proxy: proxyName } : {}) };
}

function ofService({ endpoints, protocol }: Written): ServiceAddresses | undefined {
  const list: readonly unknown[] = Array.isArray(endpoints) ? endpoints : [];
  const addresses = list
    .map((endpoint) => (isMapping(endpoint) ? endpoint["address"] : endpoint))
    .filter((address) => typeof address === "string");
  return addresses.length === 0 ? undefined : { scheme: schemeOf(protocol), addresses };
}

function schemeOf(protocol: unknown): ServiceAddresses["scheme"] {
  return typeof protocol === "string" && /^(?:https|grpcs|h2)$/i.test(protocol) ? "https" : "http";
}
