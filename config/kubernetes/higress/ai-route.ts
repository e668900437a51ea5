import { entries, isMapping, type Mapping, mapping } from "../../check-values.ts";
import type { Written } from "../translator.ts";
import { modelsOf, withoutHeader } from "./ai-models.ts";

/** A service of a route that is going to be an AI route, and the providers that are asked in its place. */
export interface AiService {
  readonly name: string;
  readonly weight: number;
  /** Ids: several where the service has several servers. */
  readonly providers: readonly string[];
  readonly modelMapping?: Mapping;
}

/** A route all of whose services have providers. */
export interface AiCandidate {
  readonly written: Written;
  readonly services: readonly AiService[];
}

/** Who is asked when a route's first choice failed. */
export interface AiFallbackOf {
  readonly services: readonly AiService[];
  readonly responseCodes: readonly string[];
}

/** The AI route that an HTTP route becomes. `modelHeader` is the header that model-router writes the model into. */
export function convertedRoute(
  { written, services }: AiCandidate,
  fallback: AiFallbackOf | undefined,
  modelHeader: string | undefined,
): Written {
  const { http, match, plugins, ...others } = written;
  const { timeout, requestHeaders, responseHeaders } = mapping(http);
  const headers = headerPlugin(requestHeaders, responseHeaders);
  const all = [...(Array.isArray(plugins) ? plugins : []), ...(headers === undefined ? [] : [headers])];
  return {
    ...others,
    match: convertedMatch(mapping(match), modelHeader),
    ai: {
      upstreams: upstreamsOf(services),
      ...(fallback === undefined ? {} : { fallback: fallbackOf(fallback) }),
      ...(timeout === undefined ? {} : { timeouts: { total: timeout } }),
      ...retryOf(mapping(mapping(http)["retry"])),
    },
    ...(all.length === 0 ? {} : { plugins: all }),
  };
}

/** What an AI route has no place for, of what an HTTP route says. A path's prefix is no matter: AI paths are known by their ends. */
export function droppedOf({ written }: AiCandidate): readonly string[] {
  const http = mapping(written["http"]);
  return [
    ...["mirror", "sticky", "fallback"].filter((key) => http[key] !== undefined),
    ...(mapping(http["rewrite"])["host"] === undefined ? [] : ["rewrite.host"]),
    ...(triesAgain(mapping(http["retry"])) && mapping(http["retry"])["nonIdempotent"] !== true
      ? ["retry, for its requests are POST: proxy-next-upstream needs non_idempotent"]
      : []),
  ];
}

function triesAgain({ attempts }: Mapping): boolean {
  return typeof attempts === "number" && attempts > 0;
}

/** Failures of connections have these statuses on AI routes. */
const WORDS: Readonly<Record<string, readonly number[]>> = {
  "connect-failure": [502],
  reset: [502],
  timeout: [504],
  "gateway-error": [502, 503, 504],
};

function retryOf(retry: Mapping): Written {
  const { attempts, on, perTryTimeout, nonIdempotent } = retry;
  if (!triesAgain(retry) || nonIdempotent !== true) return {};
  const conditions: readonly unknown[] = Array.isArray(on) ? on : [];
  const codes = new Set(conditions.flatMap((one): readonly unknown[] => WORDS[String(one)] ?? [one]));
  return {
    retry: {
      attempts,
      ...(codes.size === 0 ? {} : { on: [...codes] }),
      ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
    },
  };
}

function convertedMatch(match: Mapping, modelHeader: string | undefined): Mapping {
  const models = modelHeader === undefined ? undefined : modelsOf(match["headers"], modelHeader);
  if (models === undefined || modelHeader === undefined) return match;
  const { headers, ...others } = match;
  const rest = withoutHeader(headers, modelHeader);
  return { ...others, ...(rest.length === 0 ? {} : { headers: rest }), models };
}

/** A service's weight is shared by its servers; all weights are whole numbers. */
function upstreamsOf(services: readonly AiService[]): readonly Written[] {
  const whole = services.reduce((product, { providers }) => commonMultiple(product, providers.length), 1);
  return services.flatMap(({ providers, weight, modelMapping }) =>
    providers.map((provider) => ({
      provider,
      weight: (weight * whole) / providers.length,
      ...(modelMapping === undefined ? {} : { modelMapping }),
    })),
  );
}

function commonMultiple(one: number, other: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return other === 0 ? one : (one / divisor(one, other)) * other;
}

/** One service: its servers in turn; of several, Higress draws one. */
function fallbackOf({ services, responseCodes }: AiFallbackOf): Written {
  return {
    upstreams: upstreamsOf(services),
    strategy: services.length > 1 ? "random" : "sequence",
    responseCodes,
  };
}

/** The changes of headers as what the plugin transformer does. */
function headerPlugin(request: unknown, response: unknown): Written | undefined {
  const [reqRules, respRules] = [changeRules(request), changeRules(response)];
  if (reqRules.length + respRules.length === 0) return undefined;
  const config = {
    reroute: false,
    ...(reqRules.length === 0 ? {} : { reqRules }),
    ...(respRules.length === 0 ? {} : { respRules }),
  };
  return { name: "transformer", config };
}

function changeRules(changes: unknown): readonly Written[] {
  if (!isMapping(changes)) return [];
  const set = Object.entries(mapping(changes["set"]));
  const add = Object.entries(mapping(changes["add"]));
  const remove: readonly unknown[] = Array.isArray(changes["remove"]) ? changes["remove"] : [];
  const rules: readonly Written[] = [
    { operate: "remove", headers: remove.map((key) => ({ key })) },
    { operate: "replace", headers: set.map(([key, newValue]) => ({ key, newValue: String(newValue) })) },
    { operate: "add", headers: set.map(([key, value]) => ({ key, value: String(value) })) },
    { operate: "append", headers: add.map(([key, appendValue]) => ({ key, appendValue: String(appendValue) })) },
  ];
  return rules.filter(({ headers }) => entries(headers).length > 0);
}
