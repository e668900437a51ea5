import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

const METHODS: Readonly<Record<string, string>> = {
  ROUND_ROBIN: "round_robin",
  LEAST_CONN: "least_request",
  LEAST_REQUEST: "least_request",
  RANDOM: "random",
};

const COOKIE = "INGRESSCOOKIE";

/** `load-balance`, `upstream-hash-by`, `affinity` and `session-cookie-*`. A cookie wins over a hash, and this over a method, as in Higress. */
export function balanceOf(scope: IngressScope): Written {
  const { annotations } = scope;
  if ((["affinity", "session-cookie-name", "session-cookie-path"] as const).some((name) => annotations.has(name))) {
    return { loadBalance: "hash", hash: cookieOf(scope) };
  }
  if (annotations.has("upstream-hash-by")) {
    const hash = hashOf(annotations.text("upstream-hash-by") ?? "");
    if (hash !== undefined) return { loadBalance: "hash", hash };
    annotations.error(
      "upstream-hash-by",
      "is not known here",
      "$request_uri, $host, $remote_addr, $http_NAME and $arg_NAME are",
    );
    return {};
  }
  return methodOf(scope);
}

function cookieOf({ annotations }: IngressScope): Written {
  const kind = annotations.text("affinity");
  if (kind !== undefined && kind !== "cookie") annotations.warning("affinity", "only cookie is known: a cookie it is");
  for (const [name, only] of [
    ["affinity-mode", "balanced"],
    ["affinity-canary-behavior", "legacy"],
  ] as const) {
    const value = annotations.text(name);
    if (value !== undefined && value !== only) annotations.warning(name, `only ${only} is known: ${only} it is`);
  }
  const seconds = annotations.integer("session-cookie-max-age") ?? annotations.integer("session-cookie-expires") ?? 0;
  return {
    cookie: annotations.text("session-cookie-name") ?? COOKIE,
    ttl: seconds === 0 ? 0 : `${Math.min(seconds, 2_000_000)}s`,
    path: annotations.text("session-cookie-path") ?? "/",
  };
}

function hashOf(written: string): Written | undefined {
  const variable = written.replace(/^\$\{(.*)\}$/, "$$$1");
  switch (variable) {
    case "$request_uri":
      return { uri: true };
    case "$host":
      return { host: true };
    case "$remote_addr":
    case "$binary_remote_addr":
      return { source_ip: true };
    default: {
      const [, kind, name = ""] = /^\$(http|arg)_(.+)$/.exec(variable) ?? [];
      // nginx writes a header's dashes as underscores.
      if (kind === "http") return { header: name.replaceAll("_", "-") };
      return kind === "arg" ? { query: name } : undefined;
    }
  }
}

function methodOf({ annotations }: IngressScope): Written {
  const written = annotations.text("load-balance")?.toUpperCase();
  if (written === undefined || written === "MCP-SSE") return {};
  const loadBalance = METHODS[written];
  if (loadBalance !== undefined) return { loadBalance };
  if (written === "PASSTHROUGH")
    annotations.warning("load-balance", "passthrough has no meaning here: endpoints take turns");
  else annotations.error("load-balance", "is not known here", "round_robin, least_conn, random and mcp-sse are");
  return {};
}

/** `load-balance: mcp-sse`: a session's requests stay with the endpoint that began it. */
export function stickyOf({ annotations }: IngressScope): Written {
  if (annotations.text("load-balance")?.toUpperCase() !== "MCP-SSE") return {};
  return { sticky: { query: annotations.text("mcp-sse-stateful-param-name") ?? "sessionId" } };
}
