import { type Mapping, mapping } from "../../../check-values.ts";
import type { NacosService } from "../services.ts";
import type { ConfigKey } from "./configs.ts";
import { parsed } from "./read-server.ts";

/** What `ID-mcp-versions.json` says of a server. */
export interface ServerVersion {
  readonly name: string;
  readonly version: string;
  /** Gateways are to serve it. */
  readonly served: boolean;
}

/** The service behind a server. */
export interface ServiceReference extends NacosService {
  readonly namespace: string;
}

/** A template's name of a configuration, as Higress has it. */
const REFERENCE = /\$\{nacos\.([\w\-:.]+)\/([\w\-:.]+)\}/g;

const FRONT: ReadonlySet<unknown> = new Set(["mcp-sse", "mcp-streamable"]);

export function versionsKey(id: string): ConfigKey {
  return { dataId: `${id}-mcp-versions.json`, group: "mcp-server-versions" };
}

export function specKey(id: string, version: string): ConfigKey {
  return { dataId: `${id}-${version}-mcp-server.json`, group: "mcp-server" };
}

export function toolsKey(id: string, version: string): ConfigKey {
  return { dataId: `${id}-${version}-mcp-tools.json`, group: "mcp-tools" };
}

/** Undefined where there is no version that was published. */
export function readVersion(text: string): ServerVersion | undefined {
  const { name, latestPublishedVersion: version, frontProtocol } = mapping(parsed(text));
  if (typeof name !== "string" || typeof version !== "string" || version === "") return undefined;
  return { name, version, served: FRONT.has(frontProtocol) };
}

/** The service that `mcp-server.json` names. */
export function readReference(spec: string, namespace: string): ServiceReference | undefined {
  const { remoteServerConfig } = mapping(parsed(spec));
  const { serviceName, groupName, namespaceId }: Mapping = mapping(mapping(remoteServerConfig)["serviceRef"]);
  if (typeof serviceName !== "string" || serviceName === "") return undefined;
  return {
    name: serviceName,
    group: typeof groupName === "string" && groupName !== "" ? groupName : "DEFAULT_GROUP",
    namespace: typeof namespaceId === "string" && namespaceId !== "" ? namespaceId : namespace,
  };
}

/** A text whose templates name configurations: what they are, and the text with their places in `.config.credentials`. */
export function readReferences(text: string): {
  readonly text: string;
  readonly named: ReadonlyMap<string, ConfigKey>;
} {
  const named = new Map<string, ConfigKey>();
  const replaced = text.replaceAll(REFERENCE, (_, dataId: string, group: string) => {
    const place = placeOf({ dataId, group }, named);
    named.set(place, { dataId, group });
    return `.config.credentials.${place}`;
  });
  return { text: replaced, named };
}

/** Higress' name without what templates do not take for a part of one; each configuration has its own. */
function placeOf({ dataId, group }: ConfigKey, named: ReadonlyMap<string, ConfigKey>): string {
  const place = `${group}_${dataId}`.replaceAll(/\W/g, "_");
  const isFree = (name: string): boolean => {
    const taken = named.get(name);
    return taken === undefined || (taken.dataId === dataId && taken.group === group);
  };
  let count = 1;
  let name = place;
  while (!isFree(name)) name = `${place}_${++count}`;
  return name;
}
