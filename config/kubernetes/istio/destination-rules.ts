import type { Mapping } from "../../check-values.ts";
import { mappingAt, mappingsAt, numberAt, textAt } from "../gateway-api/fields.ts";
import { byAge, type Resource } from "../resource.ts";
import type { Translator } from "../translator.ts";
import { type DestinationScope, IstioScope } from "./scope.ts";
import { policyFindings } from "./traffic-policy.ts";

const KIND = "networking.istio.io/DestinationRule";

/** The DestinationRule of a host: one beside the object that goes there, then one beside the Service, then one of the system's. */
export function destinationRuleFor(
  written: string,
  host: string,
  scope: Pick<DestinationScope, "namespace" | "lookup" | "options">,
): Resource | undefined {
  const [, , own] = /^([^.]+)\.([^.]+)\.svc\./.exec(host) ?? [];
  const namespaces = [scope.namespace, own, scope.options.systemNamespace];
  const rules = scope.lookup.list(KIND).filter((rule) => isFor(rule, written, host));
  for (const namespace of namespaces) {
    const [found] = rules.filter(({ metadata }) => metadata.namespace === namespace).toSorted(byAge);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFor(rule: Resource, written: string, host: string): boolean {
  const named = textAt(rule.spec, "host");
  if (named === undefined) return false;
  if (named.startsWith("*")) return host.endsWith(named.slice(1));
  if (named === host || (named.includes(".") && named === written)) return true;
  return !named.includes(".") && host === `${named}.${rule.metadata.namespace}.svc.cluster.local`;
}

/** The policy for a port of a host: the subset's over the rule's own, each with what it says of the port. */
export function policyFor(rule: Resource, subset: Mapping | undefined, port: number): Mapping {
  const policies = [mappingAt(rule.spec, "trafficPolicy"), mappingAt(subset, "trafficPolicy")];
  return Object.assign(
    {},
    ...policies.flatMap((policy) => [
      policy ?? {},
      mappingsAt(policy, "portLevelSettings").find((one) => numberAt(mappingAt(one, "port"), "number") === port) ?? {},
    ]),
  ) as Mapping;
}

/** DestinationRules come to nothing by themselves: routes to their hosts look them up. Here it is told what is not known. */
export const destinationRuleTranslator: Translator = {
  kind: KIND,
  translate(resource, lookup, options) {
    const scope = new IstioScope(resource, lookup, options);
    if (textAt(resource.spec, "host") === undefined) scope.error(["spec", "host"], "is required");
    if (mappingAt(resource.spec, "workloadSelector") !== undefined)
      scope.warn(["spec", "workloadSelector"], "does nothing: it is for sidecars");
    policyFindings(mappingAt(resource.spec, "trafficPolicy"), ["spec", "trafficPolicy"], scope);
    for (const [index, subset] of mappingsAt(resource.spec, "subsets").entries())
      policyFindings(mappingAt(subset, "trafficPolicy"), ["spec", "subsets", index, "trafficPolicy"], scope);
    return { findings: scope.findings };
  },
};
