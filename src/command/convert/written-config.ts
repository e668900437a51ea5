import { mapping } from "#config/check-values.ts";
import { guarded } from "#config/guarded-certificates.ts";
import type { ResourceFinding } from "#config/kubernetes/checked-entries.ts";
import { KubernetesConfig } from "#config/kubernetes/kubernetes-config.ts";
import { merge, type Merged } from "#config/kubernetes/merge.ts";
import type { Resource } from "#config/kubernetes/resource.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { PieceList, Written } from "#config/kubernetes/translator.ts";
import { knownKinds } from "#config/kubernetes/translators.ts";
import type { Config, ListenerConfig, TlsConfig } from "#config/model.ts";
import type { Registry } from "../../registry.ts";
import { translatorOptions } from "../resources.ts";

/** What objects come to, as people write it. */
export interface WrittenConfig {
  readonly config: Written;
  readonly findings: readonly ResourceFinding[];
}

/** The order of the file. */
const ORDER: readonly PieceList[] = [
  "consumers",
  "providers",
  "registries",
  "proxies",
  "services",
  "routes",
  "tcpRoutes",
  "plugins",
  "mcpServers",
];

/** The native configuration that objects come to over `base`. Entries that are not good are left out, and told. */
export function writtenConfig(
  resources: readonly Resource[],
  base: Config,
  registry: Registry,
  env: Readonly<Record<string, string | undefined>>,
): WrittenConfig {
  const set = new ResourceSet();
  for (const resource of resources) set.put(resource);
  const { providers: definitions, plugins } = registry;
  const kinds = knownKinds({ plugins, definitions, env });
  const options = translatorOptions(base);
  const engine = new KubernetesConfig(set, { ...kinds, options, definitions, plugins, mcp: registry });
  const result = engine.update(base);
  const merged = kinds.passes.reduce((all, pass) => pass(all), merge(engine.translated, kinds.placeOfRoute));
  const settings = [...merged.settings].filter(([key]) => Object.hasOwn(result.config, key));
  const all = new Set(base.listeners.map(({ name }) => name));
  const lists = ORDER.map((list) => [list, goodOf(list, merged, engine, all)] as const);
  return {
    config: {
      listeners: listenersOf(merged, result.config),
      ...(merged.acme === undefined ? {} : { acme: merged.acme }),
      ...Object.fromEntries(settings.map(([key, { value }]) => [key, value])),
      ...Object.fromEntries(lists.filter(([, entries]) => entries.length > 0)),
    },
    findings: [...engine.findings, ...unwritten(merged, result.config)],
  };
}

function goodOf(
  list: PieceList,
  { lists }: Merged,
  engine: KubernetesConfig,
  listeners: ReadonlySet<string>,
): readonly Written[] {
  return [...lists[list]].flatMap(([name, { written }]) => {
    const good = engine.writtenOf(list, name);
    if (good === undefined) return [];
    // A service whose certificates cannot be used has lost them and its endpoints: it gets none without them.
    const broken = list === "services" && written["tls"] !== undefined && good["tls"] === undefined;
    return [broken ? good : asWritten(list, good, listeners)];
  });
}

function asWritten(list: PieceList, written: Written, listeners: ReadonlySet<string>): Written {
  if (list === "services") return withStableEndpoint(written);
  return list === "routes" ? withoutAllListeners(written, listeners) : written;
}

/** Pods come and go; the name of their Service stays. */
function withStableEndpoint(service: Written): Written {
  const [, host] = /^(\S+\.svc\.cluster\.local:\d+)/.exec(String(service["name"])) ?? [];
  return host === undefined ? service : { ...service, endpoints: [host] };
}

/** A route for all listeners need not name them. */
function withoutAllListeners(route: Written, all: ReadonlySet<string>): Written {
  const { listeners, ...match } = mapping(route["match"]);
  const named = new Set(Array.isArray(listeners) ? listeners.map(String) : []);
  return named.size > 0 && all.isSubsetOf(named) ? { ...route, match } : route;
}

/** The listeners that something is for, with their certificates. */
function listenersOf({ lists }: Merged, { listeners }: Config): readonly Written[] {
  return listeners.flatMap((listener) => {
    const { tls, name } = listener;
    return tls === undefined ? [lists.listeners.get(name)?.written ?? plain(listener)] : secure(listener, tls);
  });
}

function plain({ name, host, port }: ListenerConfig): Written {
  return host === "0.0.0.0" ? { name, port } : { name, host, port };
}

function secure(listener: ListenerConfig, { certificates, auto = [], asked = {} }: TlsConfig): readonly Written[] {
  const shown = guarded(certificates, asked);
  const open = auto.filter((name) => asked[name] === undefined);
  if (shown.length === 0 && open.length === 0) return [];
  const tls = { ...(shown.length === 0 ? {} : { certificates: shown }), ...(open.length === 0 ? {} : { auto: open }) };
  return [{ ...plain(listener), tls }];
}

/** The file has no word for what is asked of clients of a name that a certificate is got for: such a name is left out. */
function unwritten({ auto }: Merged, { listeners }: Config): readonly ResourceFinding[] {
  const asked = new Set(listeners.flatMap(({ tls }) => Object.keys(tls?.asked ?? {})));
  return auto
    .filter(({ auto: { name } }) => asked.has(name))
    .map(({ auto: { name }, from: resource }) => {
      const message = `${name} is left out: the file cannot ask clients of names of auto for certificates`;
      return { resource, field: "", severity: "error", message, hint: "write its certificate below certificates" };
    });
}
