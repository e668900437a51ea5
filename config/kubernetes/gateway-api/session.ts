import { parseDuration } from "#src/core/settings/quantities.ts";
import type { Finding, Written } from "../translator.ts";
import { mappingAt, textAt } from "./fields.ts";

/** How a rule keeps a client's requests together. */
export interface RuleSession {
  /** Settings of the rule's services, and what tells them in the services' names. */
  readonly service?: { readonly label: string; readonly settings: Written };
  /** `http.sticky`. */
  readonly sticky?: Written;
  readonly findings: readonly Finding[];
}

const DEFAULT_NAME = "sluice-session";

/** A cookie of a browser's session, or one that lasts as long as `absoluteTimeout`. */
const LIFETIMES: ReadonlySet<string> = new Set(["Session", "Permanent"]);

/**
 * Reads `sessionPersistence`. The gateway gives out the cookie, and its hash picks the endpoint: nothing is kept for it. A header is the
 * service's own: the gateway seals the endpoint into what it answers.
 */
export function ruleSession(rule: unknown, base: string): RuleSession {
  const written = mappingAt(rule, "sessionPersistence");
  if (written === undefined) return { findings: [] };
  const field = `${base}.sessionPersistence`;
  const findings: Finding[] = [];
  const nothing = (at: string, message: string): void => {
    findings.push({ field: `${field}.${at}`, message, severity: "warning" });
  };
  if (written["idleTimeout"] !== undefined) nothing("idleTimeout", "does nothing: no session is kept");
  const name = textAt(written, "sessionName") ?? DEFAULT_NAME;
  const absolute = parseDuration(textAt(written, "absoluteTimeout"));
  if (textAt(written, "type") === "Header") {
    return { sticky: { header: name, ...(absolute === undefined ? {} : { ttl: Math.max(absolute, 1000) }) }, findings };
  }
  const lifetime = textAt(mappingAt(written, "cookieConfig"), "lifetimeType") ?? "Session";
  if (!LIFETIMES.has(lifetime)) nothing("cookieConfig.lifetimeType", `${lifetime} is not known; Session holds`);
  const ttl = lifetime === "Permanent" ? (absolute ?? 0) : 0;
  if (lifetime !== "Permanent" && absolute !== undefined) {
    nothing("absoluteTimeout", "does nothing with a cookie of the browser's session");
  }
  const hash = { cookie: name, ttl, path: "/" };
  return { service: { label: `session=${name}:${ttl}`, settings: { loadBalance: "hash", hash } }, findings };
}
