import { isMapping, type Mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, numberAt, textsAt } from "../gateway-api/fields.ts";
import { nativeListener } from "../gateway-api/native-listeners.ts";
import type { Written } from "../translator.ts";
import type { IstioScope } from "./scope.ts";
import { escaped, stringMatchOf, type StringMatch, valueMatches } from "./string-match.ts";

/** A match of an HTTP route of a VirtualService. */
export interface HttpMatch {
  /** Where in the object it stands. */
  readonly at: Path;
  readonly uri: StringMatch;
  readonly ignoreCase: boolean;
  readonly methods?: readonly string[];
  readonly headers: readonly (StringMatch & { readonly name: string })[];
  readonly query: readonly (StringMatch & { readonly name: string })[];
  /** Names of listeners; undefined: those of all gateways. */
  readonly ports?: readonly string[];
  readonly gateways: readonly string[];
}

const EVERYTHING: StringMatch = { prefix: "/" };

/** Reads a match; undefined where something in it is not known, for then it would match too much. */
export function httpMatchOf(written: unknown, at: Path, scope: IstioScope): HttpMatch | undefined {
  if (!isMapping(written)) return { at, uri: EVERYTHING, ignoreCase: false, headers: [], query: [], gateways: [] };
  const unknown = ["withoutHeaders", "sourceLabels", "sourceNamespace"].filter((key) => isSet(written[key]));
  for (const key of unknown) {
    const hint =
      key === "withoutHeaders" ? "match what the header is, in a rule before this one" : "it is for sidecars";
    scope.error([...at, key], "is not known: the match is left out", hint);
  }
  if (unknown.length > 0) return undefined;
  const uri = isMapping(written["uri"]) ? stringMatchOf(written["uri"]) : EVERYTHING;
  const port = numberAt(written, "port");
  const pseudo = Object.fromEntries(
    ["scheme", "authority"].filter((key) => isMapping(written[key])).map((key) => [`:${key}`, written[key]]),
  );
  const method = isMapping(written["method"]) ? stringMatchOf(written["method"]) : undefined;
  const methods = method === undefined ? undefined : methodsOf(method);
  const named = method === undefined || methods !== undefined ? {} : { ":method": written["method"] };
  return {
    at,
    uri: "present" in uri ? EVERYTHING : uri,
    ignoreCase: written["ignoreUriCase"] === true,
    ...(methods === undefined ? {} : { methods }),
    headers: valueMatches({ ...pseudo, ...named, ...mappingAt(written, "headers") }),
    query: valueMatches(mappingAt(written, "queryParams")),
    ...(port === undefined ? {} : { ports: [nativeListener(port, scope.options)] }),
    gateways: textsAt(written, "gateways"),
  };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && !(isMapping(value) && Object.keys(value).length === 0);
}

/** Methods by their names; undefined where they are matched otherwise. */
function methodsOf(match: StringMatch): readonly string[] | undefined {
  if ("exact" in match) return [match.exact];
  if ("regex" in match && /^\(?[A-Za-z]+(?:\|[A-Za-z]+)*\)?$/.test(match.regex))
    return match.regex.replaceAll(/[()]/g, "").split("|");
  return undefined;
}

/** A path as routes match it. Istio's prefix is one of the text, not of segments: `/api` matches `/apis` as well. */
export function pathOf({ uri, ignoreCase }: HttpMatch, byExpression: boolean): Written {
  const fold = ignoreCase ? "(?i)" : "";
  if ("exact" in uri) {
    const plain = !ignoreCase && !byExpression && uri.exact.startsWith("/");
    return plain ? { exact: uri.exact } : { regex: `${fold}${escaped(uri.exact)}` };
  }
  if ("regex" in uri) return { regex: ignoreCase ? `(?i)${uri.regex}` : uri.regex };
  const prefix = "prefix" in uri ? uri.prefix : "/";
  return prefix === "/" && !byExpression ? { prefix: "/" } : { regex: `${fold}${escaped(prefix)}.*` };
}

/** The conditions of a route beside its path, hosts and listeners. */
export function conditionsOf({ methods, headers, query }: HttpMatch): Mapping {
  return {
    ...(methods === undefined ? {} : { methods }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(query.length === 0 ? {} : { query }),
  };
}
