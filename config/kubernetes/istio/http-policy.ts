import { isMapping, type Mapping, mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "../gateway-api/fields.ts";
import type { Written } from "../translator.ts";
import { httpMatchOf, type HttpMatch } from "./http-match.ts";
import type { IstioScope } from "./scope.ts";
import { escaped, milliseconds, stringMatchOf } from "./string-match.ts";

/** What an HTTP route of a VirtualService says beside where it goes. */

/** Istio's words of `retryOn`, and ours; those of gRPC's statuses are not known. */
const RETRY_WORDS: Readonly<Record<string, readonly unknown[]>> = {
  "5xx": ["5xx", "connect-failure", "reset"],
  "gateway-error": ["gateway-error"],
  "connect-failure": ["connect-failure"],
  "refused-stream": ["connect-failure"],
  reset: ["reset"],
  "reset-before-request": ["reset"],
  "retriable-4xx": [409],
  "retriable-status-codes": [],
};

/** `timeout` and `retries`. */
export function patienceOf(route: Mapping, at: Path, scope: IstioScope): Written {
  const timeout = milliseconds(route["timeout"]);
  if (route["timeout"] !== undefined && timeout === undefined)
    scope.error([...at, "timeout"], "is no duration", "as in 5s");
  const retries = mappingAt(route, "retries");
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retry: retryOf(retries, [...at, "retries"], scope) }),
  };
}

function retryOf(retries: Mapping, at: Path, scope: IstioScope): Written {
  const words = (textAt(retries, "retryOn") ?? "connect-failure,refused-stream,503")
    .split(",")
    .map((word) => word.trim());
  const on = words.flatMap((word): readonly unknown[] => {
    if (/^[1-5]\d\d$/.test(word)) return [Number(word)];
    const known = RETRY_WORDS[word];
    if (known === undefined) scope.warn([...at, "retryOn"], `${word} is not known`);
    return known ?? [];
  });
  const perTryTimeout = milliseconds(retries["perTryTimeout"]);
  const attempts = numberAt(retries, "attempts") ?? 2;
  return {
    attempts,
    ...(on.length === 0 ? {} : { on: [...new Set(on)] }),
    ...(perTryTimeout === undefined || perTryTimeout === 0 ? {} : { perTryTimeout }),
  };
}

/** `rewrite`: a uri takes the place of the prefix that was matched, or of the whole path. */
export function rewriteOf(route: Mapping, { uri }: HttpMatch): Written {
  const rewrite = mappingAt(route, "rewrite");
  if (rewrite === undefined) return {};
  const path = rewrittenPath(rewrite, uri);
  const host = textAt(rewrite, "authority");
  const changes = { ...(path === undefined ? {} : { path }), ...(host === undefined ? {} : { host }) };
  return Object.keys(changes).length === 0 ? {} : { rewrite: changes };
}

function rewrittenPath(rewrite: Mapping, uri: HttpMatch["uri"]): Written | undefined {
  const expression = mappingAt(rewrite, "uriRegexRewrite");
  const [regex, to] = [textAt(expression, "match"), mapping(expression)["rewrite"]];
  if (regex !== undefined && typeof to === "string") {
    return { regex, substitution: to.replaceAll("$", "$$$$").replaceAll(/\\(\d)/g, (_, group) => `\${${group}}`) };
  }
  const path = textAt(rewrite, "uri");
  if (path === undefined) return undefined;
  if (!("prefix" in uri)) return { full: path };
  return { regex: `^${escaped(uri.prefix)}`, substitution: path.replaceAll("$", "$$$$") };
}

/** `headers` of a route or of one of its destinations. */
export function headersOf(written: unknown): Written {
  const { request, response } = mapping(mapping(written)["headers"]);
  const [asked, answered] = [changesOf(request), changesOf(response)];
  return {
    ...(asked === undefined ? {} : { requestHeaders: asked }),
    ...(answered === undefined ? {} : { responseHeaders: answered }),
  };
}

function changesOf(written: unknown): Written | undefined {
  const { set, add } = mapping(written);
  const remove = textsAt(written, "remove");
  const changes = {
    ...(isMapping(set) ? { set } : {}),
    ...(isMapping(add) ? { add } : {}),
    ...(remove.length === 0 ? {} : { remove }),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** `corsPolicy` as a plugin of the route. */
export function corsOf(route: Mapping, at: Path, scope: IstioScope): readonly Written[] {
  const policy = mappingAt(route, "corsPolicy");
  if (policy === undefined) return [];
  const origins = mappingsAt(policy, "allowOrigins").flatMap((origin, index): string[] => {
    const match = stringMatchOf(origin);
    if ("exact" in match) return [match.exact];
    if ("regex" in match && /^\.[*+]$/.test(match.regex)) return ["*"];
    const pattern = "regex" in match ? originPattern(match.regex) : undefined;
    if (pattern !== undefined) return [pattern];
    const hint = "write exact origins, or an expression such as https://.*\\.example\\.com";
    scope.error([...at, "corsPolicy", "allowOrigins", index], "cannot be a pattern of origins", hint);
    return [];
  });
  const old = textsAt(policy, "allowOrigin");
  const config = {
    allow_origin_patterns: [...origins, ...old].length === 0 ? ["none:"] : [...origins, ...old],
    allow_methods: textsAt(policy, "allowMethods"),
    allow_headers: textsAt(policy, "allowHeaders"),
    expose_headers: textsAt(policy, "exposeHeaders"),
    allow_credentials: policy["allowCredentials"] === true,
    max_age: Math.round((milliseconds(policy["maxAge"]) ?? 86_400_000) / 1000),
    reject_others: false,
  };
  const filled = Object.entries(config).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return [{ name: "cors", config: Object.fromEntries(filled) }];
}

/** `https://.*\.example\.com` is a pattern of the plugin's. */
function originPattern(regex: string): string | undefined {
  const [, scheme, name] =
    /^\^?(https?):\/\/(?:\.\*\\\.|\(\.\*\)\\\.|\[\^\.\]\+\\\.)((?:[\w-]|\\\.)+)\$?$/.exec(regex) ?? [];
  return scheme === undefined || name === undefined ? undefined : `${scheme}://*.${name.replaceAll("\\.", ".")}`;
}

/** Matches of a route; none: everything. */
export function matchesOf(route: Mapping, at: Path, scope: IstioScope): readonly HttpMatch[] {
  const written = mappingsAt(route, "match");
  const read =
    written.length === 0
      ? [httpMatchOf(undefined, at, scope)]
      : written.map((one, index) => httpMatchOf(one, [...at, "match", index], scope));
  return read.filter((match) => match !== undefined);
}
