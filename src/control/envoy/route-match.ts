import type { PathMatch, RouteMatch, ValueMatch } from "#src/core/route.ts";
import type { JsonObject } from "#src/core/json.ts";

/** Set by every listener before a route is looked for, and taken out again before a service is asked. */
export const LISTENER_HEADER = "x-sluice-listener";

/** What a route of Envoy's has to be like to fit what a route of the gateway's fits, hosts left aside. */
export function routeMatch({ path, methods, headers = [], query = [], listeners }: RouteMatch): JsonObject {
  const tests = [
    ...(methods === undefined ? [] : [oneOf(":method", methods)]),
    ...(listeners === undefined ? [] : [oneOf(LISTENER_HEADER, listeners)]),
    ...headers.map(valueMatcher),
  ];
  return {
    ...pathMatcher(path),
    ...(tests.length === 0 ? {} : { headers: tests }),
    ...(query.length === 0 ? {} : { query_parameters: query.map(valueMatcher) }),
  };
}

/** A prefix of whole segments, without the slash at its end; empty for the root. */
export function segmentsOf(prefix: string): string {
  return prefix.replace(/\/$/, "");
}

function pathMatcher(path: PathMatch): JsonObject {
  if ("exact" in path) return { path: path.exact };
  if ("regex" in path) return { safe_regex: { regex: path.regex } };
  const prefix = segmentsOf(path.prefix);
  return prefix === "" ? { prefix: "/" } : { path_separated_prefix: prefix };
}

function oneOf(name: string, values: readonly string[]): JsonObject {
  const [only] = values;
  if (only !== undefined && values.length === 1) return { name, string_match: { exact: only } };
  return { name, string_match: { safe_regex: { regex: values.map(quoted).join("|") } } };
}

/** Of a header or a query parameter. An empty prefix is no matcher to Envoy, and asks for no more than that it is there. */
function valueMatcher(match: ValueMatch): JsonObject {
  const { name } = match;
  if ("exact" in match) return { name, string_match: { exact: match.exact } };
  if ("regex" in match) return { name, string_match: { safe_regex: { regex: match.regex } } };
  if ("prefix" in match && match.prefix !== "") return { name, string_match: { prefix: match.prefix } };
  return { name, present_match: true };
}

/** Text that stands for itself in RE2. */
export function quoted(text: string): string {
  return text.replaceAll(/[^\w/-]/gu, (char) => ((char.codePointAt(0) ?? 0) < 128 ? `\\${char}` : char));
}
