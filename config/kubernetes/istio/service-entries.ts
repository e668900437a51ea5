import { type Mapping, mapping } from "../../check-values.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "../gateway-api/fields.ts";
import type { Resource } from "../resource.ts";
import type { Lookup, Translator, Written } from "../translator.ts";
import { IstioScope } from "./scope.ts";

const KIND = "networking.istio.io/ServiceEntry";

/** The ServiceEntry that has a host; the oldest of several. */
export function serviceEntryFor(host: string, lookup: Lookup): Resource | undefined {
  return lookup.list(KIND).find(({ spec }) => textsAt(spec, "hosts").includes(host));
}

/** A port of a host of a ServiceEntry, as an entry of `services`. */
export interface EntryService {
  readonly name: string;
  readonly port: number;
  readonly service: Written;
  readonly withLabels: (labels: Mapping) => readonly unknown[];
}

/** Words for what a port speaks, and ours. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  HTTPS: "https",
  HTTP2: "h2c",
  GRPC: "grpc",
  TLS: "tcp",
  TCP: "tcp",
  MONGO: "tcp",
  MYSQL: "tcp",
  REDIS: "tcp",
};

/** The entry for a port of a host; its first port when none is named. Undefined where there is no such port. */
export function entryService({ spec }: Resource, host: string, wanted?: number): EntryService | undefined {
  const port = mappingsAt(spec, "ports").find((one) => wanted === undefined || one["number"] === wanted);
  const number = numberAt(port, "number");
  if (port === undefined || number === undefined) return undefined;
  const protocol = PROTOCOLS[textAt(port, "protocol")?.toUpperCase() ?? ""];
  const name = `${host}:${number}`;
  const all = endpointsOf(spec, host, port, number);
  return {
    name,
    port: number,
    service: {
      name,
      ...(protocol === undefined ? {} : { protocol }),
      ...(protocol === "https" ? { tls: { sni: host } } : {}),
      endpoints: all.map(({ endpoint }) => endpoint),
    },
    withLabels: (labels) =>
      all
        .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
        .map(({ endpoint }) => endpoint),
  };
}

interface LabelledEndpoint {
  readonly endpoint: unknown;
  readonly labels: Mapping;
}

/** The endpoints, or the host itself where there are none. */
function endpointsOf(spec: unknown, host: string, port: Mapping, number: number): readonly LabelledEndpoint[] {
  const target = numberAt(port, "targetPort") ?? number;
  const written = mappingsAt(spec, "endpoints");
  if (written.length === 0) {
    const stands = textAt(spec, "resolution") !== "STATIC" && !host.startsWith("*");
    return stands ? [{ endpoint: `${host}:${target}`, labels: {} }] : [];
  }
  return written.flatMap((one) => {
    const address = textAt(one, "address");
    if (address === undefined || address.startsWith("unix:")) return [];
    const own = numberAt(mappingAt(one, "ports"), textAt(port, "name") ?? "") ?? target;
    const at = `${address.includes(":") ? `[${address}]` : address}:${own}`;
    const weight = numberAt(one, "weight");
    return [{ endpoint: weight === undefined ? at : { address: at, weight }, labels: mapping(one["labels"]) }];
  });
}

/** Hosts of ServiceEntries are services, by `HOST:PORT`: for VirtualServices and for the `destination` of Ingresses. */
export const serviceEntryTranslator: Translator = {
  kind: KIND,
  translate(resource, lookup, options) {
    const scope = new IstioScope(resource, lookup, options);
    const { spec } = resource;
    const hosts = textsAt(spec, "hosts");
    if (hosts.length === 0) scope.error(["spec", "hosts"], "is required");
    if (mappingAt(spec, "workloadSelector") !== undefined)
      scope.error(["spec", "workloadSelector"], "is not known", "write endpoints, or use a Service");
    const services = hosts.flatMap((host, index): readonly Written[] => {
      if (!host.startsWith("*")) return mappingsAt(spec, "ports").flatMap((port) => serviceOf(resource, host, port));
      scope.warn(["spec", "hosts", index], "cannot be a pattern", "name the hosts that routes go to");
      return [];
    });
    return { services, findings: scope.findings };
  },
};

function serviceOf(resource: Resource, host: string, port: Mapping): readonly Written[] {
  const found = entryService(resource, host, numberAt(port, "number") ?? -1);
  return found === undefined ? [] : [found.service];
}
