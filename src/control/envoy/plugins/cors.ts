import type { JsonObject } from "#src/core/json.ts";
import { headerOption } from "../header-changes.ts";
import { typed } from "../resources.ts";
import { Refusal } from "../refusal.ts";
import { quoted } from "../route-match.ts";
import type { NativeFilter } from "./native-filter.ts";

/** The options of the built-in, as its schema reads them. */
interface Options {
  readonly allow_origins: readonly string[];
  readonly allow_origin_patterns: readonly string[];
  readonly allow_methods: readonly string[];
  readonly allow_headers: readonly string[];
  readonly expose_headers: readonly string[];
  readonly allow_credentials: boolean;
  readonly max_age: number;
  readonly reject_others: boolean;
}

const NAME = "sluice.cors";

/** What the service says of CORS is replaced. */
const REPLACED = ["origin", "methods", "headers", "credentials"].map((name) => `access-control-allow-${name}`);

/** Envoy's filter for cross-origin requests. It refuses nobody. */
export const cors: NativeFilter = {
  plugin: "cors",
  filters: [{ name: NAME, config: typed("envoy.extensions.filters.http.cors.v3.Cors") }],
  atRoute(given) {
    const options = given as Options;
    if (options.reject_others) return new Refusal("it refuses other origins (reject_others)");
    if (options.allow_headers.includes("*")) return new Refusal("it allows every header");
    const credentials = options.allow_credentials && !options.allow_origins.includes("*");
    if (credentials && options.allow_methods.includes("*"))
      return new Refusal("it allows every method with credentials");
    return {
      filters: { [NAME]: typed("envoy.extensions.filters.http.cors.v3.CorsPolicy", policyOf(options, credentials)) },
      fields: {
        response_headers_to_remove: [...REPLACED, "access-control-expose-headers", "access-control-max-age"],
        response_headers_to_add: [headerOption("vary", "Origin", "APPEND_IF_EXISTS_OR_ADD")],
      },
    };
  },
};

function policyOf(options: Options, credentials: boolean): JsonObject {
  const methods = options.allow_methods.map((method) => method.trim().toUpperCase());
  const exposed = options.expose_headers.includes("*") ? ["*"] : options.expose_headers;
  return {
    allow_origin_string_match: origins(options),
    allow_methods: methods.includes("*") ? "*" : methods.join(","),
    allow_headers: options.allow_headers.join(","),
    ...(exposed.length === 0 ? {} : { expose_headers: exposed.join(",") }),
    max_age: String(options.max_age),
    allow_credentials: credentials,
  };
}

const ANY: JsonObject = { safe_regex: { regex: ".*" } };

function origins(options: Options): JsonObject[] {
  const { allow_origins: exact, allow_origin_patterns: patterns, allow_credentials: wanted } = options;
  if (exact.includes("*") || (exact.length + patterns.length === 0 && !wanted)) return [ANY];
  return [
    ...exact.map((origin) => ({ exact: origin.trim().replace(/\/$/, ""), ignore_case: true })),
    ...patterns.map((pattern) => ({ safe_regex: { regex: patternRegex(pattern.trim().replace(/\/$/, "")) } })),
  ];
}

/** `https://*.example.com`, with `:[8080,9090]` one of these ports, with `:[*]` any port or none. */
function patternRegex(pattern: string): string {
  const [, host = pattern, ports] = /^(.*):\[(\*|\d+(?:,\d+)*)\]$/.exec(pattern) ?? [];
  const name = host.split("*").map(quoted).join(".*");
  const port = ports === undefined ? "" : ports === "*" ? "(?::\\d+)?" : `:(?:${ports.replaceAll(",", "|")})`;
  return `(?i)${name}${port}`;
}
