import type { Finding, Written } from "../translator.ts";
import { type BackendContext, backendOf, type InvalidBackend, isInvalid } from "./backends.ts";
import { mappingsAt, numberAt } from "./fields.ts";
import { filterEffects, type FilterProblem, isFilterProblem } from "./filters.ts";

/** Where a rule's requests go. */
export interface RuleBackends {
  /** `http.services`. */
  readonly shares: readonly Written[];
  /** Entries of `services`. */
  readonly services: readonly Written[];
  /** The weight of requests that must fail. */
  readonly failing: number;
  readonly invalid: readonly InvalidBackend[];
  readonly findings: readonly Finding[];
  /** A filter of a backend that cannot be done. */
  readonly problem?: FilterProblem;
}

/** Filters that a backend may have. */
const OF_BACKENDS: ReadonlySet<string> = new Set(["RequestHeaderModifier", "ResponseHeaderModifier"]);

/** Reads `backendRefs`. `base` is the rule's place in its route. */
export function ruleBackends(rule: unknown, base: string, context: BackendContext): RuleBackends {
  const shares: Written[] = [];
  const services: Written[] = [];
  const invalid: InvalidBackend[] = [];
  const findings: Finding[] = [];
  let failing = 0;
  let problem: FilterProblem | undefined;
  for (const [index, ref] of mappingsAt(rule, "backendRefs").entries()) {
    const field = `${base}.backendRefs[${index}]`;
    const weight = numberAt(ref, "weight") ?? 1;
    const found = backendOf(ref, context);
    if (isInvalid(found)) {
      failing += weight;
      invalid.push(found);
      findings.push({ field, message: found.message, severity: "error" });
      continue;
    }
    if (found.service !== undefined) services.push(found.service);
    const effects = filterEffects(mappingsAt(ref, "filters"), `${field}.filters`, OF_BACKENDS);
    if (isFilterProblem(effects)) {
      problem ??= effects;
      continue;
    }
    const { requestHeaders, responseHeaders } = effects;
    shares.push({
      name: found.name,
      weight,
      ...(requestHeaders === undefined ? {} : { requestHeaders }),
      ...(responseHeaders === undefined ? {} : { responseHeaders }),
    });
  }
  return { shares, services, failing, invalid, findings, ...(problem === undefined ? {} : { problem }) };
}
