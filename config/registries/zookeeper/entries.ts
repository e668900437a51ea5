import { entries, mapping } from "../../check-values.ts";
import type { Instance } from "../instances.ts";

/** An instance, nothing where it is out of service, or why it is of no use. */
export type Read = Instance | undefined | { readonly reason: string };

/** Reads the name of a node below `/dubbo/INTERFACE/providers`: a URL, percent-encoded. */
export function readProvider(interfaceName: string, node: string): Read {
  const url = URL.parse(decoded(node));
  const protocol = url?.protocol.slice(0, -1);
  if (url === null || (protocol !== "dubbo" && protocol !== "tri")) {
    return { reason: "is no URL with dubbo:// or tri://" };
  }
  const metadata = { ...Object.fromEntries(url.searchParams), protocol };
  const { group = "", version = "0.0.0", enabled, disabled, weight } = Object.fromEntries(url.searchParams);
  if (enabled === "false" || disabled === "true") return undefined;
  return {
    service: `providers:${interfaceName}:${version}:${group}.zookeeper`,
    host: url.hostname,
    port: Number(url.port),
    protocol,
    // What Dubbo takes one for that says nothing.
    weight: weight !== undefined && /^\d{1,9}$/.test(weight) ? Number(weight) : 100,
    metadata,
  };
}

/** Reads what Spring Cloud (and Dubbo 3, for whole applications) write by Curator: an instance as JSON. */
export function readRegistration(service: string, text: string): Read {
  const written = mapping(parsed(text));
  const { address, port, sslPort, enabled, payload } = written;
  if (typeof address !== "string") return { reason: "is no JSON of an instance" };
  const metadata = textsOf(mapping(payload)["metadata"]);
  const { instance_status: status = "UP" } = metadata;
  if (enabled === false || status !== "UP") return undefined;
  const tls = !isPort(port) && isPort(sslPort);
  const protocol = metadata["protocol"] || dubboProtocol(metadata) || (tls ? "https" : undefined);
  return {
    service,
    host: address,
    port: Number(tls ? sslPort : port),
    metadata,
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** Dubbo 3 lists what an application speaks, by port. */
function dubboProtocol(metadata: Readonly<Record<string, string>>): string | undefined {
  const [first] = entries(parsed(metadata["dubbo.endpoints"] ?? ""));
  const protocol = first?.[1]["protocol"];
  return typeof protocol === "string" ? protocol : undefined;
}

function isPort(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const texts = Object.entries(mapping(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
