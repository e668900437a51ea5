import { entries, isMapping, type Mapping } from "../../check-values.ts";
import { formatPath } from "../../report.ts";
import type { Finding, Written } from "../translator.ts";

/** One of `matchRules`. */
export interface WrittenRule {
  readonly rule: unknown;
  /** Why what it says cannot be used. */
  readonly broken: string | undefined;
}

/**
 * A WasmPlugin's `matchRules` as rules of a plugin. Higress tries them in their order; within one, route and service must both match, and
 * routes go before domains, as everywhere (wasm-go's pkg/matcher). A rule that is switched off is as if it were not there.
 */
export function rulesOf(written: readonly WrittenRule[], namespace: string, findings: Finding[]): readonly Written[] {
  return written.flatMap(({ rule, broken }, index) => {
    const complain = (message: string, hint: string): void => {
      findings.push({ field: formatPath(["spec", "matchRules", index]), message, hint, severity: "error" });
    };
    if (!isMapping(rule)) {
      complain("must be a mapping", "it has ingress, domain or service, and config");
      return [];
    }
    if (rule["configDisable"] === true) return [];
    const place = placeOf(rule, namespace);
    if (Object.keys(place).length > 0) {
      const config = isMapping(rule["config"]) ? rule["config"] : {};
      return [{ ...place, config, ...(broken === undefined ? {} : { broken }) }];
    }
    complain("says no place where it holds", "name an ingress, a domain or a service, or use spec.defaultConfig");
    return [];
  });
}

/**
 * Rules as a plugin reads them itself: `_rules_` in its configuration. They name Ingresses, too, and so become rules of ours; `matchRules`
 * take their place where there are some.
 */
export function insideRulesOf(written: unknown, namespace: string): readonly Written[] {
  return entries(written).map(([, rule]): Written => {
    const [ingress, domain, service] = [rule["_match_route_"], rule["_match_domain_"], rule["_match_service_"]];
    const prefixes = texts(rule["_match_route_prefix_"]);
    const place = placeOf({ ingress, domain, service }, namespace);
    const config = Object.fromEntries(Object.entries(rule).filter(([key]) => !key.startsWith("_match_")));
    return Object.assign(place, prefixes.length === 0 ? {} : { routePrefixes: prefixes }, { config });
  });
}

function placeOf(rule: Mapping, namespace: string): Written {
  const routes = texts(rule["ingress"]).flatMap((name) => routePrefixes(name, namespace, rule["routeType"] === "GRPC"));
  const domains = texts(rule["domain"]);
  const services = texts(rule["service"]);
  return {
    ...(routes.length === 0 ? {} : { routePrefixes: routes }),
    ...(domains.length === 0 ? {} : { domains }),
    ...(services.length === 0 ? {} : { services }),
  };
}

/**
 * How the names of routes begin that were made of an Ingress, or of an HTTPRoute or GRPCRoute. A name without a namespace is one of the
 * system namespace (GenerateUniqueRouteName in pkg/ingress/kube/common).
 */
function routePrefixes(name: string, namespace: string, grpc: boolean): readonly string[] {
  const full = name.includes("/") ? name : `${namespace}/${name}`;
  return grpc ? [`GRPCRoute/${full}/`] : [`${full}/`, `HTTPRoute/${full}/`];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one !== "") : [];
}
