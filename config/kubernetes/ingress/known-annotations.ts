import { nearest } from "../../suggest.ts";
import type { Findings } from "./findings.ts";

/** Higress' own annotations. */
export const HIGRESS = "higress.io/";
/** Those it shares with ingress-nginx. */
export const NGINX = "nginx.ingress.kubernetes.io/";

/** Names that both prefixes know. */
const SHARED = [
  "affinity",
  "affinity-canary-behavior",
  "affinity-mode",
  "app-root",
  "auth-realm",
  "auth-secret",
  "auth-secret-type",
  "auth-tls-secret",
  "auth-type",
  "backend-protocol",
  "canary",
  "canary-by-cookie",
  "canary-by-header",
  "canary-by-header-pattern",
  "canary-by-header-value",
  "canary-weight",
  "canary-weight-total",
  "cors-allow-credentials",
  "cors-allow-headers",
  "cors-allow-methods",
  "cors-allow-origin",
  "cors-expose-headers",
  "cors-max-age",
  "custom-http-errors",
  "default-backend",
  "enable-cors",
  "force-ssl-redirect",
  "ignore-path-case",
  "load-balance",
  "mcp-server",
  "mcp-server-enable-path-rewrite",
  "mcp-server-match-rule-domains",
  "mcp-server-match-rule-type",
  "mcp-server-match-rule-value",
  "mcp-server-path-rewrite-prefix",
  "mcp-server-upstream-type",
  "mcp-sse-stateful-param-name",
  "mirror-percentage",
  "mirror-target-fqdn",
  "mirror-target-fqdn-port",
  "mirror-target-service",
  "permanent-redirect",
  "permanent-redirect-code",
  "proxy-next-upstream",
  "proxy-next-upstream-timeout",
  "proxy-next-upstream-tries",
  "proxy-ssl-name",
  "proxy-ssl-secret",
  "proxy-ssl-server-name",
  "proxy-ssl-verify",
  "rewrite-target",
  "session-cookie-expires",
  "session-cookie-max-age",
  "session-cookie-name",
  "session-cookie-path",
  "ssl-cipher",
  "ssl-redirect",
  "temporal-redirect",
  "tls-max-protocol-version",
  "tls-min-protocol-version",
  "upstream-hash-by",
  "upstream-vhost",
  "use-regex",
  "whitelist-source-range",
] as const;

/** Names that only `higress.io/` knows. */
const OWN = [
  "destination",
  "full-path-regex",
  "match-method",
  "request-header-control-add",
  "request-header-control-remove",
  "request-header-control-update",
  "response-header-control-add",
  "response-header-control-remove",
  "response-header-control-update",
  "rewrite-path",
  "route-limit-burst-multiplier",
  "route-limit-rpm",
  "route-limit-rps",
  "rpc-destination-name",
  "timeout",
] as const;

/** Notes that Higress' console makes for itself: what it has switched off it writes under another prefix. */
const CONSOLE: ReadonlySet<string> = new Set([
  "comment",
  "enable-header-control",
  "enable-proxy-next-upstream",
  "enable-rewrite",
]);

/** The name of an annotation, without its prefix. */
export type AnnotationName = (typeof SHARED)[number] | (typeof OWN)[number];

const shared: ReadonlySet<string> = new Set(SHARED);
const own: ReadonlySet<string> = new Set(OWN);

/** Conditions on headers, query parameters and pseudo headers: how, of what, and its name. */
const CONDITION = /^(exact|prefix|regex)-match-(header|query|pseudo-header)-(.+)$/;

/** A condition that an annotation of this name is. */
export interface NamedCondition {
  readonly how: "exact" | "prefix" | "regex";
  readonly of: "header" | "query";
  readonly name: string;
}

/** Takes a condition's name apart; undefined for other annotations. */
export function conditionNamed(annotation: string): NamedCondition | undefined {
  const [, how, of, name] = CONDITION.exec(annotation) ?? [];
  if ((how !== "exact" && how !== "prefix" && how !== "regex") || name === undefined) return undefined;
  if (of === "query") return { how, of, name };
  return { how, of: "header", name: of === "header" ? name : `:${name}` };
}

/** Whether both prefixes know it. */
export function isShared(name: string): boolean {
  return shared.has(name);
}

/** As a finding names it. */
export function fieldOf(annotation: string): string {
  return `metadata.annotations[${JSON.stringify(annotation)}]`;
}

/** Warns of annotations under the two prefixes that mean nothing here. */
export function findUnknown(annotations: Readonly<Record<string, string>>, found: Findings): void {
  for (const annotation of Object.keys(annotations)) {
    const prefix = [HIGRESS, NGINX].find((one) => annotation.startsWith(one));
    if (prefix === undefined) continue;
    const name = annotation.slice(prefix.length);
    const isOwn = own.has(name) || CONSOLE.has(name) || conditionNamed(name) !== undefined;
    if (shared.has(name) || (prefix === HIGRESS && isOwn)) continue;
    found.warning(fieldOf(annotation), "is not known here and does nothing", hintFor(name, prefix));
  }
}

function hintFor(name: string, prefix: string): string | undefined {
  if (own.has(name) || conditionNamed(name) !== undefined) return `write ${HIGRESS}${name}`;
  const near = nearest(name, prefix === HIGRESS ? [...SHARED, ...OWN] : SHARED);
  return near === undefined ? undefined : `did you mean ${prefix}${near}?`;
}
