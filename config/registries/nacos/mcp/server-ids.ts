import { entries, type Mapping, mapping } from "../../../check-values.ts";
import { hostAndPort } from "../../host-port.ts";
import { requestJson } from "../../json-request.ts";
import type { RegistryWorld } from "../../registry.ts";
import { NacosRefusal } from "../refusal.ts";
import type { ServerAddress } from "../servers.ts";

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

const GROUP = "mcp-server-versions";
const SUFFIX = "-mcp-versions.json";
const PAGE = 100;
const MOST_PAGES = 100;

/** A server without the path, or one that has it turned off. */
const UNKNOWN_PATH: ReadonlySet<number> = new Set([404, 405, 410, 501]);

/** Nacos 3 has the second one; what it asks for differs in names alone. */
const PATHS = { old: "/nacos/v1/cs/configs", new: "/nacos/v3/admin/cs/config/list" };

/** What a list of configurations is asked with. */
export interface ListOptions {
  readonly world: RegistryWorld;
  readonly server: ServerAddress;
  readonly namespace: string;
  readonly newest: boolean;
  readonly signal: AbortSignal;
  /** The asker's proofs: `accessToken` is a parameter, others are headers. */
  readonly proofs: Readonly<Record<string, string>>;
}

/** Ids of the MCP servers that a namespace has, by the configurations that list their versions. */
export async function listServerIds(options: ListOptions): Promise<readonly string[]> {
  const paths = options.newest ? [PATHS.new, PATHS.old] : [PATHS.old, PATHS.new];
  let refusal: unknown;
  for (const path of paths) {
    try {
      return await allPages(options, path);
    } catch (error) {
      if (!(error instanceof NacosRefusal) || !UNKNOWN_PATH.has(error.code)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

async function allPages(options: ListOptions, path: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const { pageItems, pagesAvailable } = await ask(options, path, page);
    for (const [, { dataId }] of entries(pageItems)) {
      if (typeof dataId === "string" && dataId.endsWith(SUFFIX)) ids.push(dataId.slice(0, -SUFFIX.length));
    }
    if (page >= Number(pagesAvailable ?? 0)) break;
  }
  return [...new Set(ids)].sort();
}

async function ask({ world, server, namespace, signal, proofs }: ListOptions, path: string, page: number) {
  const { accessToken, ...headers } = proofs;
  const url = new URL(`http://${hostAndPort({ domain: server.host, port: server.port })}${path}`);
  const parameters = {
    search: "blur",
    dataId: "",
    ...(path === PATHS.old ? { group: GROUP, tenant: namespace } : { groupName: GROUP, namespaceId: namespace }),
    pageNo: String(page),
    pageSize: String(PAGE),
    ...(accessToken === undefined ? {} : { accessToken }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const answer = await requestJson(world, { url: url.href, headers, timeout: LIMIT, signal });
  if (answer.status !== 200) throw new NacosRefusal("the list of MCP servers", answer.status, answer.text);
  const body: Mapping = mapping(answer.body);
  return path === PATHS.old ? body : mapping(body["data"]);
}
