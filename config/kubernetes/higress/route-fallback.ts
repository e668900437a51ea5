import { entries, isMapping, mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Finding, Translator, Written } from "../translator.ts";

/**
 * The EnvoyFilter that Higress' console writes for an AI route with a fallback: answers of these classes send the request on to the
 * route that matches a header (templates/envoyfilter-route-fallback.yaml in higress-group/higress-console). Any other EnvoyFilter is not
 * read. What is found stands among the plugins until `ai-routes.ts` has made a fallback of it.
 */
export const ROUTE_FALLBACK = "higress-route-fallback";

/** Which answers of a route send its requests on. */
export interface RouteFallback extends Written {
  readonly name: typeof ROUTE_FALLBACK;
  readonly id: string;
  /** The Ingress: `NAMESPACE/NAME`. */
  readonly from: string;
  /** The header that the other route matches, and its value. */
  readonly header: string;
  readonly value: string;
  /** `4xx`, `503`. */
  readonly responseCodes: readonly string[];
}

/** Whether an entry of `plugins` is one of these. */
export function isRouteFallback(entry: Written): entry is RouteFallback {
  return entry["name"] === ROUTE_FALLBACK && typeof entry["from"] === "string";
}

export const envoyFilterTranslator: Translator = {
  kind: "networking.istio.io/EnvoyFilter",
  translate(resource, _lookup, { systemNamespace }) {
    const patches = entries(mapping(resource.spec)["configPatches"]).map(([, patch]) => patch);
    const fallbacks = patches.map((patch) => fallbackOf(patch, resource, systemNamespace));
    const plugins = fallbacks.filter((one) => one !== undefined);
    const findings: Finding[] = plugins.length === patches.length && patches.length > 0 ? [] : [NOT_READ];
    return plugins.length === 0 ? { findings } : { plugins, findings };
  },
};

const NOT_READ: Finding = {
  field: "spec",
  message: "is not read: an EnvoyFilter changes what only Envoy has",
  hint: "use an annotation, a WasmPlugin or the gateway's own configuration instead: docs/higress.md",
  severity: "warning",
};

function fallbackOf(patch: Written, resource: Resource, systemNamespace: string): RouteFallback | undefined {
  if (patch["applyTo"] !== "HTTP_ROUTE") return undefined;
  const { name } = mapping(at(patch, ["match", "routeConfiguration", "vhost", "route"]));
  const filters = mapping(at(patch, ["patch", "value", "typed_per_filter_config"]));
  const [response] = Object.entries(filters).flatMap(([key, value]) =>
    key.endsWith("custom_response") ? [value] : [],
  );
  const matcher = at(response, ["value", "custom_response_matcher", "matcher_list", "matchers", 0]);
  const responseCodes = codesIn(at(matcher, ["predicate"]));
  const policy = at(matcher, ["on_match", "action", "typed_config", "value"]);
  const { key, value } = mapping(at(policy, ["request_headers_to_add", 0, "header"]));
  if (typeof name !== "string" || typeof key !== "string" || typeof value !== "string") return undefined;
  if (responseCodes.length === 0) return undefined;
  const from = name.includes("/") ? name : `${systemNamespace}/${name}`;
  const { namespace, name: own } = resource.metadata;
  const id = `${ROUTE_FALLBACK}/${namespace}/${own}`;
  return { name: ROUTE_FALLBACK, id, from, header: key.toLowerCase(), value, responseCodes };
}

/** All statuses and classes of a predicate, of one or of several joined by or. */
function codesIn(predicate: unknown): readonly string[] {
  const { single_predicate: single, or_matcher: or } = mapping(predicate);
  if (isMapping(single)) {
    const { exact } = mapping(single["value_match"]);
    return typeof exact === "string" && /^[1-5](?:xx|\d\d)$/.test(exact) ? [exact] : [];
  }
  return entries(mapping(or)["predicate"]).flatMap(([, one]) => codesIn(one));
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === "number" ? inner[key] : undefined;
    return mapping(inner)[key];
  }, value);
}
