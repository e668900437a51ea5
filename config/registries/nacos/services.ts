import { strings } from "../../check-values.ts";
import type { RegistryConfig } from "../../model/registries.ts";

/** A service in a group. */
export interface NacosService {
  readonly group: string;
  readonly name: string;
}

/** A page of a group's services, as a server tells it. */
export interface ServicePage {
  readonly count: unknown;
  readonly names: unknown;
}

const PAGE = 100;

/** Nothing has more; a server that never stops listing is not followed. */
const MOST_PAGES = 1000;

/** All services of the registry's groups, page by page; `ask` gets one. By a key of their own. */
export async function listServices(
  { nacosGroups }: RegistryConfig,
  ask: (group: string, page: number, size: number) => Promise<ServicePage>,
): Promise<ReadonlyMap<string, NacosService>> {
  const groups = nacosGroups.length === 0 ? ["DEFAULT_GROUP"] : nacosGroups;
  const services = new Map<string, NacosService>();
  for (const group of groups) {
    let listed = 0;
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const { count, names } = await ask(group, page, PAGE);
      const read = readNames(names);
      for (const name of read) if (isServed(name)) services.set(keyOf({ group, name }), { group, name });
      listed += read.length;
      if (read.length === 0 || listed >= Number(count)) break;
    }
  }
  return services;
}

/** As Nacos names a service with its group. */
export function keyOf({ group, name }: NacosService): string {
  return `${group}@@${name}`;
}

/** Names in a page of a list; those that only Dubbo's consumers have are left out. */
function readNames(value: unknown): readonly string[] {
  return strings(value).map(([, name]) => name.slice(name.lastIndexOf("@@") + 1).replace(/^@/, ""));
}

/** Whether a service has servers; Dubbo's consumers register themselves as well. */
function isServed(name: string): boolean {
  return name !== "" && !name.startsWith("consumers:");
}

/** As Higress names it: `SERVICE.GROUP.NAMESPACE.nacos`, without underscores but for the service's own. */
export function nameOf({ group, name }: NacosService, config: RegistryConfig): string {
  const namespace = config.nacosNamespace ?? namespaceOf(config);
  return `${name}.${`${group}.${namespace}`.replaceAll("_", "-")}.nacos`;
}

/** The id of the namespace that is asked for. */
export function namespaceOf({ nacosNamespaceId }: RegistryConfig): string {
  return nacosNamespaceId ?? "public";
}
