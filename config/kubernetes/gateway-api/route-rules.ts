import type { Finding, Written } from "../translator.ts";
import type { BackendContext, InvalidBackend } from "./backends.ts";
import { backendOf, isInvalid } from "./backends.ts";
import { mappingsAt } from "./fields.ts";
import { filterEffects, type FilterEffects, type FilterProblem, isFilterProblem } from "./filters.ts";
import { isProblem, type MatchProblem, type NativeMatch } from "./http-matches.ts";
import { type RuleBackends, ruleBackends } from "./rule-backends.ts";
import { ruleSession } from "./session.ts";
import { ruleTiming } from "./timing.ts";

/** What kinds of routes differ in. */
export interface RuleKind {
  matchOf(written: unknown): NativeMatch | MatchProblem;
  /** Filters that rules may have. */
  readonly filters: ReadonlySet<string>;
  /** What requests get whose backend is not valid. */
  readonly failure: number;
}

/** A rule, read. */
export interface RouteRule {
  readonly matches: readonly NativeMatch[];
  /** What happens, besides where a redirect leads. */
  readonly action: Written;
  /** A redirect as written; its port is still to be filled in. */
  readonly redirect?: Written;
  readonly plugins: readonly Written[];
  readonly services: readonly Written[];
  readonly invalid: readonly InvalidBackend[];
  /** Why it cannot be done, or not all of it. */
  readonly problem?: { readonly reason: string; readonly message: string };
  readonly findings: readonly Finding[];
}

/** Reads one rule. `base` is its place in the route. */
export function routeRule(written: unknown, base: string, kind: RuleKind, context: BackendContext): RouteRule {
  const { matches, problem, findings: ofMatches } = ruleMatches(written, base, kind);
  const effects = filterEffects(mappingsAt(written, "filters"), `${base}.filters`, kind.filters);
  const session = ruleSession(written, base);
  const { service } = session;
  const backends = ruleBackends(written, base, { ...context, ...(service === undefined ? {} : { session: service }) });
  const fault = faultOf(matches, effects, backends, base);
  const read = {
    matches,
    services: backends.services,
    invalid: backends.invalid,
    plugins: [],
    findings: [...ofMatches, ...backends.findings, ...session.findings],
  };
  if (problem !== undefined) return { ...read, matches: [], services: [], action: {}, problem };
  if (fault !== undefined || isFilterProblem(effects)) return failing(read, fault, kind);
  const { redirect, plugins, mirrors } = effects;
  if (redirect !== undefined) return { ...read, services: [], action: {}, redirect, plugins };
  const mirrored = ruleMirrors(mirrors, context);
  const timing = ruleTiming(written, base);
  const http = httpAction(effects, backends, kind.failure);
  const settings = { ...timing.settings, ...(session.sticky === undefined ? {} : { sticky: session.sticky }) };
  return {
    ...read,
    plugins,
    services: [...read.services, ...mirrored.services],
    invalid: [...read.invalid, ...mirrored.invalid],
    findings: [...read.findings, ...mirrored.findings, ...timing.findings],
    action:
      http === undefined
        ? { response: { status: kind.failure } }
        : { http: { ...http, ...settings, ...(mirrored.list.length === 0 ? {} : { mirror: mirrored.list }) } },
  };
}

function failing(read: Omit<RouteRule, "action">, fault: FilterProblem | undefined, kind: RuleKind): RouteRule {
  const rule = { ...read, services: [], action: { response: { status: kind.failure } } };
  if (fault === undefined) return rule;
  const { field, reason, message } = fault;
  const findings: Finding[] = [
    ...read.findings,
    { field, message: `${message}; requests get ${kind.failure}`, severity: "error" },
  ];
  // What is referred to but not known is the reference's fault, and the rule is accepted.
  if (reason !== "InvalidKind") return { ...rule, findings, problem: { reason, message: `${field}: ${message}.` } };
  return { ...rule, findings, invalid: [...read.invalid, { reason, message: `${field}: ${message}.` }] };
}

function ruleMatches(
  written: unknown,
  base: string,
  kind: RuleKind,
): Pick<RouteRule, "matches" | "findings" | "problem"> {
  const list = mappingsAt(written, "matches");
  const read = (list.length === 0 ? [{}] : list).map((match) => kind.matchOf(match));
  const findings = read.flatMap((match, index): Finding[] =>
    isProblem(match)
      ? [{ field: `${base}.matches[${index}].${match.field}`, message: match.message, severity: "error" }]
      : [],
  );
  const matches = read.flatMap((match) => (isProblem(match) ? [] : [match]));
  const [finding] = findings;
  if (finding === undefined) return { matches, findings };
  const problem = { reason: "UnsupportedValue", message: `${finding.field} ${finding.message}.` };
  return { matches, findings, problem };
}

/** Why requests must get an error. */
function faultOf(
  matches: readonly NativeMatch[],
  effects: FilterEffects | FilterProblem,
  backends: RuleBackends,
  base: string,
): FilterProblem | undefined {
  if (isFilterProblem(effects)) return effects;
  if (backends.problem !== undefined) return backends.problem;
  const path = effects.rewrite?.["path"] ?? effects.redirect?.["path"];
  const prefixed = typeof path === "object" && path !== null && "prefix" in path;
  if (!prefixed || matches.every(({ path: matched }) => "prefix" in matched)) return undefined;
  const message = "ReplacePrefixMatch needs matches of the type PathPrefix";
  return { field: `${base}.filters`, reason: "UnsupportedValue", message };
}

/** Undefined: nobody is there to ask. */
function httpAction(
  effects: FilterEffects,
  { shares, failing: failed }: RuleBackends,
  status: number,
): Written | undefined {
  const asked = shares.some(({ weight }) => weight !== 0);
  if (!asked) return undefined;
  const { requestHeaders, responseHeaders, rewrite } = effects;
  return {
    services: shares,
    ...(failed === 0 ? {} : { abort: { status, weight: failed } }),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
    ...(rewrite === undefined ? {} : { rewrite }),
  };
}

/** Mirrors that lead nowhere cost nobody a request: they are left out. */
function ruleMirrors(
  mirrors: FilterEffects["mirrors"],
  context: BackendContext,
): Pick<RouteRule, "services" | "invalid" | "findings"> & { readonly list: readonly Written[] } {
  const [list, services, invalid, findings]: [Written[], Written[], InvalidBackend[], Finding[]] = [[], [], [], []];
  for (const { backendRef, percent, field } of mirrors) {
    const found = backendOf(backendRef, context);
    if (isInvalid(found)) {
      invalid.push(found);
      findings.push({ field, message: found.message, severity: "error" });
      continue;
    }
    list.push({ service: found.name, percent });
    if (found.service !== undefined) services.push(found.service);
  }
  return { list, services, invalid, findings };
}
