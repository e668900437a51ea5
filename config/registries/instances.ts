import type { RegistryConfig } from "../model/registries.ts";
import type { EndpointConfig, ServiceProtocol } from "../model/services.ts";
import { PROTOCOL_NAMES, readProtocol } from "./service-protocol.ts";

/** One server of a service, as a registry tells it. */
export interface Instance {
  /** The service's name as routes give it. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** In the registry's words; left out: the registry's `protocol`, else HTTP. */
  readonly protocol?: string;
  /** 1 when left out. */
  readonly weight?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A service's instances, ready to be used. */
export interface Group {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly endpoints: readonly EndpointConfig[];
}

type Skip = (what: string, reason: string) => void;
type Settings = Pick<RegistryConfig, "metadata" | "protocol">;

/** A server, and how it is spoken to. */
interface Usable {
  readonly protocol: ServiceProtocol;
  readonly endpoint: EndpointConfig;
}

const MOST_WEIGHT = 1_000_000;

/**
 * Instances by service, sorted by name; each service's endpoints without duplicates, sorted. Left out are those without the metadata asked
 * for, those of no use, and those that speak another protocol than most of their service.
 */
export function grouped(instances: readonly Instance[], settings: Settings, skip: Skip): readonly Group[] {
  const services = new Map<string, Map<string, Usable>>();
  for (const instance of instances) {
    const usable = readInstance(instance, settings, skip);
    if (usable === undefined) continue;
    const { host, port } = usable.endpoint;
    const known = services.get(instance.service) ?? new Map<string, Usable>();
    services.set(instance.service, known);
    const address = `${host}:${port}`;
    if (!known.has(address)) known.set(address, usable);
  }
  return [...services]
    .map(([name, known]) => groupOf(name, [...known.values()], skip))
    .sort((a, b) => compare(a.name, b.name));
}

function readInstance(
  instance: Instance,
  { metadata: wanted, protocol: usual = "http" }: Settings,
  skip: Skip,
): Usable | undefined {
  const { service, host, port, metadata = {}, weight = 1 } = instance;
  if (Object.entries(wanted).some(([key, value]) => metadata[key] !== value)) return undefined;
  const protocol = readProtocol(instance.protocol ?? usual);
  const place = complaintOf(host, port);
  if (place !== undefined || protocol === undefined) {
    skip(service, place ?? `${host}:${port} speaks none of ${PROTOCOL_NAMES.join(", ")}`);
    return undefined;
  }
  const described = Object.keys(metadata).length === 0 ? {} : { metadata: sorted(metadata) };
  return { protocol, endpoint: { host: bracketed(host), port, weight: shareOf(weight), ...described } };
}

function complaintOf(host: string, port: number): string | undefined {
  if (!/^[^\s/@?#]+$/.test(host)) return "an instance without an address";
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? undefined : `${host} has no port`;
}

function groupOf(name: string, all: readonly Usable[], skip: Skip): Group {
  const [protocol, ...others] = byFrequency(all.map((one) => one.protocol));
  if (others.length > 0) skip(name, `instances that speak ${others.join(" or ")}: most speak ${protocol}`);
  const endpoints = all.filter((one) => one.protocol === protocol).map(({ endpoint }) => endpoint);
  return { name, protocol: protocol ?? "http", endpoints: endpoints.sort(byAddress) };
}

/** The most frequent first. */
function byFrequency(protocols: readonly ServiceProtocol[]): readonly ServiceProtocol[] {
  const counts = new Map<ServiceProtocol, number>();
  for (const protocol of protocols) counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0])).map(([protocol]) => protocol);
}

function byAddress(a: EndpointConfig, b: EndpointConfig): number {
  return compare(a.host, b.host) || a.port - b.port;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function sorted(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => compare(a, b)));
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function shareOf(weight: number): number {
  return Number.isFinite(weight) ? Math.min(MOST_WEIGHT, Math.max(0, Math.round(weight))) : 1;
}
