import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Finding, Lookup, Written } from "../translator.ts";

/** `mcpServer` of `higress-config` (pkg/ingress/kube/configmap/mcp_server.go): its databases become MCP servers of the gateway. */
export function mcpServersFrom(
  written: unknown,
  path: Path,
  lookup: Lookup,
  namespace: string,
  findings: Finding[],
): readonly Written[] {
  if (!isMapping(written) || written["enable"] !== true) return [];
  const warn = (at: Path, message: string, hint: string): void => {
    findings.push({ field: formatPath([...path, ...at]), message, hint, severity: "warning" });
  };
  redisFindings(mapping(written["redis"]), path, lookup, namespace, findings);
  for (const [index, rule] of entries(written["match_list"])) matchFinding(rule, ["match_list", index], warn);
  if (written["enable_user_level_server"] === true)
    warn(["enable_user_level_server"], "is not read", "use userLevel of an entry of mcpServers");
  if (written["rate_limit"] !== undefined)
    warn(["rate_limit"], "is not read", "use rateLimit of an entry of mcpServers");
  return entries(written["servers"]).flatMap(([index, server]) => {
    const made = serverOf(server);
    if (made === undefined)
      warn(["servers", index, "type"], `${String(server["type"])} is not there`, "database is the only one");
    return made === undefined ? [] : [made];
  });
}

type Warn = (at: Path, message: string, hint: string) => void;

const TYPES = new Set(["exact", "prefix", "suffix", "contains", "regex"]);
const UPSTREAMS = new Set(["rest", "sse", "streamable"]);

/** Requests to MCP servers behind a route pass it as they are; only a path that is rewritten has to be known. */
function matchFinding(rule: Mapping, at: Path, warn: Warn): void {
  const { match_rule_type: type, upstream_type: upstream = "rest", enable_path_rewrite: rewrites } = rule;
  if (!TYPES.has(String(type))) warn([...at, "match_rule_type"], "is not known", `one of ${[...TYPES].join(", ")}`);
  if (!UPSTREAMS.has(String(upstream)))
    warn([...at, "upstream_type"], "is not known", `one of ${[...UPSTREAMS].join(", ")}`);
  if (rewrites === true)
    warn(at, "its path is not rewritten", "put higress.io/mcp-server annotations on the Ingress, or use mcpServers");
}

function redisFindings(
  { address, passwordSecret }: Mapping,
  path: Path,
  lookup: Lookup,
  namespace: string,
  findings: Finding[],
): void {
  if (typeof address === "string" && address !== "") {
    const hint = "write store: redis://host:6379/0 into the gateway's own configuration";
    const field = formatPath([...path, "redis"]);
    findings.push({
      field,
      message: "is not used: sessions are kept in the gateway's store",
      hint,
      severity: "warning",
    });
  }
  if (!isMapping(passwordSecret)) return;
  const { namespace: own = namespace, name } = passwordSecret;
  if (typeof name === "string" && lookup.get("/Secret", String(own), name) !== undefined) return;
  const field = formatPath([...path, "redis", "passwordSecret"]);
  findings.push({
    field,
    message: `names Secret ${String(own)}/${String(name)}, which is not there`,
    severity: "error",
  });
}

function serverOf({ name, path, type, config, domain_list: domains }: Mapping): Written | undefined {
  if (type !== "database") return undefined;
  const { dsn, dbType, description } = mapping(config);
  const hosts = Array.isArray(domains) ? domains.filter((domain) => domain !== "*") : [];
  return {
    name,
    path,
    ...(hosts.length === 0 ? {} : { hosts }),
    database: {
      dsn,
      ...(dbType === undefined ? {} : { dbType }),
      ...(description === undefined ? {} : { description }),
    },
  };
}
