import type { JsonObject } from "#src/core/json.ts";
import type { ResourceMap, XdsResource } from "./snapshot.ts";

/** A route configuration's virtual hosts by the domains they are for. */
interface HostIndex {
  readonly all: readonly XdsResource[];
  readonly byDomain: ReadonlyMap<string, XdsResource>;
}

/** Virtual hosts and the names they were asked for by. */
interface HostsWanted {
  readonly resources: ResourceMap;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

const NONE: ResourceMap = new Map();
const NO_ALIASES: HostsWanted["aliases"] = new Map();

const indexes = new WeakMap<ResourceMap, ReadonlyMap<string, HostIndex>>();

/**
 * What Envoy asks for by VHDS: everything, and beside that `ROUTE_CONFIGURATION/HOST` for requests whose host it does not know. A
 * route configuration's name stands for all its virtual hosts.
 */
export function virtualHostsFor(names: ReadonlySet<string>, all: ResourceMap, everything: boolean): HostsWanted {
  // All virtual hosts are looked through only for who asks for some by name.
  if (names.size === 0) return { resources: everything ? all : NONE, aliases: NO_ALIASES };
  const { resources, aliases } = hostsByName(names, all);
  return { resources: everything ? all : resources, aliases };
}

function hostsByName(names: ReadonlySet<string>, all: ResourceMap): HostsWanted {
  const resources = new Map<string, XdsResource>();
  const aliases = new Map<string, string[]>();
  const index = indexOf(all);
  for (const name of names) {
    const configuration = index.get(name);
    if (configuration !== undefined) for (const host of configuration.all) resources.set(host.name, host);
    else {
      const found = all.get(name) ?? hostFor(name, index);
      if (found === undefined) continue;
      resources.set(found.name, found);
      if (found.name !== name) aliases.set(found.name, [...(aliases.get(found.name) ?? []), name]);
    }
  }
  return { resources, aliases };
}

/** Whether a name asks for a host, not for a whole route configuration. */
export function isHostName(name: string): boolean {
  return name.includes("/");
}

function hostFor(name: string, index: ReadonlyMap<string, HostIndex>): XdsResource | undefined {
  const { configuration, rest } = split(name);
  const byDomain = index.get(configuration)?.byDomain;
  if (byDomain === undefined) return undefined;
  const host = rest.toLowerCase();
  return matching(host, byDomain) ?? matching(host.replace(/:\d+$/, ""), byDomain);
}

/** As Envoy picks: the very name, the longest `*.suffix`, the longest `prefix.*`, then `*`. */
function matching(host: string, byDomain: ReadonlyMap<string, XdsResource>): XdsResource | undefined {
  const exact = byDomain.get(host);
  if (exact !== undefined) return exact;
  for (let at = 1; at < host.length; at++) {
    const found = byDomain.get(`*${host.slice(at)}`);
    if (found !== undefined) return found;
  }
  for (let end = host.length - 1; end > 0; end--) {
    const found = byDomain.get(`${host.slice(0, end)}*`);
    if (found !== undefined) return found;
  }
  return byDomain.get("*");
}

function indexOf(all: ResourceMap): ReadonlyMap<string, HostIndex> {
  const known = indexes.get(all);
  if (known !== undefined) return known;
  const index = new Map<string, { all: XdsResource[]; byDomain: Map<string, XdsResource> }>();
  for (const resource of all.values()) {
    const { configuration } = split(resource.name);
    const entry = index.get(configuration) ?? { all: [], byDomain: new Map<string, XdsResource>() };
    index.set(configuration, entry);
    entry.all.push(resource);
    for (const domain of domainsOf(resource.body)) entry.byDomain.set(domain.toLowerCase(), resource);
  }
  indexes.set(all, index);
  return index;
}

/** A route configuration's name may hold a slash, a host never does. */
function split(name: string): { readonly configuration: string; readonly rest: string } {
  const at = name.lastIndexOf("/");
  return { configuration: at < 0 ? "" : name.slice(0, at), rest: name.slice(at + 1) };
}

function domainsOf({ domains }: JsonObject): string[] {
  return Array.isArray(domains) ? domains.filter((one) => typeof one === "string") : [];
}
