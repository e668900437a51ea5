import type { Config, RouteConfig } from "#config/model.ts";
import type { OpenBinding } from "./listeners.ts";

/** What is told when the gateway has started: what listens where, what there is, what to try next. */
export function banner(config: Config, open: readonly OpenBinding[], source: string, xdsPort = 0): string {
  const first = open.find(({ binding }) => binding.kind === "gateway");
  const lines = [
    `sluice is up, configured by ${source}`,
    ...open.map((entry) => `  ${LABEL[entry.binding.kind]} on ${urlOf(entry)}`),
    ...(config.xds === undefined ? [] : [`  xds for Envoys on ${config.xds.host}:${xdsPort}`]),
    `  providers: ${config.providers.map(({ id, type }) => (id === type ? id : `${id} (${type})`)).join(", ") || "none"}`,
    ...listed("routes", config.routes, (route) => `  route ${route.name}: ${describe(route)}`),
    ...listed("MCP servers", config.mcpServers, ({ name, path, kind }) => `  mcp ${name}: ${path} -> ${kind}`),
    ...listed("plugins", config.plugins, ({ id, name, url }) => `  plugin ${id ?? name}: ${url ?? "built in"}`),
  ];
  const ai = config.routes.find((route) => route.ai !== undefined);
  if (first !== undefined && ai !== undefined) lines.push("", "try:", example(config, ai, urlOf(first)));
  const mcp = config.mcpServers[0];
  if (first !== undefined && ai === undefined && mcp !== undefined)
    lines.push("", "try:", listing(urlOf(first) + mcp.path));
  return `${lines.join("\n")}\n`;
}

/** So many lines of a kind can be read at a glance. */
const READABLE = 20;

/** Of more than can be read how many there are, and the first. */
function listed<T>(what: string, all: readonly T[], line: (one: T) => string): readonly string[] {
  if (all.length <= READABLE) return all.map(line);
  const shown = READABLE / 2;
  return [
    `  ${all.length} ${what}, the first of them:`,
    ...all.slice(0, shown).map(line),
    `  and ${all.length - shown} more`,
  ];
}

const LABEL = { gateway: "listening", admin: "admin" } as const;

/** Where a port is reached from this machine. */
function urlOf({ binding, port }: OpenBinding): string {
  const scheme = binding.tls === undefined ? "http" : "https";
  const anywhere = binding.hostname === "0.0.0.0" || binding.hostname === "::";
  const host = anywhere ? "127.0.0.1" : binding.hostname;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function describe(route: RouteConfig): string {
  const { hosts, path, models } = route.match;
  const [kind, value] = Object.entries(path)[0] ?? ["prefix", "/"];
  const where = `${hosts.includes("*") ? "" : hosts.join(",")}${kind === "prefix" && value !== "/" ? `${value}*` : value}`;
  return `${where}${models === undefined ? "" : ` for ${models.join(", ")}`} -> ${action(route)}`;
}

function action({ ai, http, redirect, response }: RouteConfig): string {
  if (ai !== undefined)
    return named(
      ai.upstreams.map(({ provider }) => provider),
      ai.fallback?.upstreams.map(({ provider }) => provider),
    );
  if (http !== undefined) return named(http.services.map(({ name }) => name));
  if (redirect !== undefined) return `redirect ${redirect.status}`;
  return `response ${response?.status ?? ""}`;
}

function named(first: readonly string[], then: readonly string[] = []): string {
  return first.join(", ") + (then.length === 0 ? "" : `, then ${then.join(", ")}`);
}

/** A command that lists a server's tools, as it stands where nobody asks who is there. */
function listing(url: string): string {
  return `  npx -y @modelcontextprotocol/inspector --cli ${url} --transport http --method tools/list`;
}

/** A command that works as it stands when pasted; on a gateway with consumers, once a key is put in. */
function example(config: Config, route: RouteConfig, url: string): string {
  const open = config.consumers.length === 0 || route.public;
  const prefix = "prefix" in route.match.path && route.match.path.prefix !== "/" ? route.match.path.prefix : "";
  const host = route.match.hosts.includes("*") ? "" : ` -H 'host: ${route.match.hosts[0]}'`;
  const body = { model: modelOf(config, route), messages: [{ role: "user", content: "Hello!" }] };
  return [
    `  curl ${url}${prefix}/v1/chat/completions${host} -H 'content-type: application/json'${open ? "" : " -H 'authorization: Bearer YOUR_KEY'"} \\`,
    `    -d '${JSON.stringify(body)}'`,
  ].join("\n");
}

/** A name of a model that the route takes, as far as one can be told without asking. */
function modelOf({ providers }: Config, { ai, match }: RouteConfig): string {
  const exact = match.models?.find((model) => !/[*~]/.test(model));
  if (exact !== undefined) return exact;
  const upstream = ai?.upstreams[0];
  const type = providers.find(({ id }) => id === upstream?.provider)?.type ?? "";
  return upstream?.model ?? WELL_KNOWN[type] ?? "MODEL";
}

const WELL_KNOWN: Readonly<Record<string, string>> = {
  echo: "echo",
  openai: "gpt-5-mini",
  claude: "claude-sonnet-4-5",
  deepseek: "deepseek-chat",
  openrouter: "openrouter/auto",
};
