import type { AiRoute, AiUpstream, Config, ProviderConfig, RouteConfig } from "#config/model.ts";
import { DEFAULT_TIMEOUTS } from "#config/model.ts";
import { Fault } from "../core/fault.ts";
import { compileMapping, compilePatterns } from "../core/pattern.ts";
import type { CatalogSource } from "../traffic/ai/catalog.ts";
import type { AiOptions } from "../traffic/ai/handler.ts";
import { planner, type Target, type Timeouts } from "../traffic/ai/target.ts";
import { statusTest } from "../traffic/status-test.ts";
import type { CompiledProvider } from "./providers.ts";

type Providers = ReadonlyMap<string, CompiledProvider>;

/** What an AI route does, from what its configuration says. */
export function compileAiRoute(route: RouteConfig, ai: AiRoute, providers: Providers, random: () => number): AiOptions {
  const fallback = ai.fallback?.upstreams.map((upstream) => targetOf(upstream, ai, providers)) ?? [];
  return {
    strict: route.strict,
    targets: [...ai.upstreams.map((upstream) => targetOf(upstream, ai, providers)), ...fallback],
    fallbackOn: statusTest(ai.fallback?.responseCodes ?? []),
    plan: ai.pick === "owner" ? ownerPlan(ai, providers, fallback) : weightPlan(ai, providers, fallback, random),
    maxBodyBytes: route.maxBodySize ?? Number.POSITIVE_INFINITY,
    responseModel: ai.responseModel,
  };
}

function weightPlan(
  ai: AiRoute,
  providers: Providers,
  fallback: readonly Target[],
  random: () => number,
): AiOptions["plan"] {
  const choices = ai.upstreams.map((upstream) => targetOf(upstream, ai, providers));
  return planner(choices, { targets: fallback, strategy: ai.fallback?.strategy ?? "sequence" }, random);
}

function ownerPlan(ai: AiRoute, providers: Providers, fallback: readonly Target[]): AiOptions["plan"] {
  const plans = new Map(
    ai.upstreams.map((upstream) => [upstream.provider, [targetOf(upstream, ai, providers), ...fallback] as const]),
  );
  return (model) => {
    const owner = ownerOf(ai, model);
    const plan = owner === undefined ? undefined : plans.get(owner.provider);
    if (owner === undefined || plan === undefined) {
      throw new Fault(
        "model_not_found",
        `No provider is known to have the model '${model}'. Write it as 'provider/model', with one of: ${[...plans.keys()].join(", ")}.`,
        { param: "model" },
      );
    }
    if (owner.model === model) return plan;
    const [first, ...rest] = plan;
    return [{ ...first, modelFor: () => first.modelFor(owner.model) }, ...rest];
  };
}

/** Who has a model under `pick: owner`, and what it is asked for. */
function ownerOf(ai: AiRoute, model: string): { provider: string; model: string } | undefined {
  const slash = model.indexOf("/");
  const named = slash > 0 && ai.upstreams.find(({ provider }) => provider === model.slice(0, slash));
  if (named) return { provider: named.provider, model: model.slice(slash + 1) };
  let best: AiUpstream | undefined;
  let length = -1;
  for (const upstream of ai.upstreams) {
    for (const prefix of upstream.owns ?? []) {
      if (prefix.length <= length || !model.startsWith(prefix)) continue;
      best = upstream;
      length = prefix.length;
    }
  }
  const provider = best?.provider ?? ai.otherwise;
  return provider === undefined ? undefined : { provider, model };
}

function targetOf(upstream: AiUpstream, ai: AiRoute, providers: Providers): Target {
  const compiled = providers.get(upstream.provider);
  if (compiled === undefined) throw new Error(`There is no provider '${upstream.provider}'.`);
  const { provider, pool, credentials, modelFor, config, edits } = compiled;
  const { upstreamProtocol, maxOutputTokens } = config;
  return {
    provider,
    pool,
    credentials,
    modelFor: throughUpstream(upstream, modelFor),
    weight: upstream.weight,
    timeouts: timeoutsOf(config, ai),
    ...(ai.retry === undefined ? {} : { retry: { attempts: ai.retry.attempts, on: statusTest(ai.retry.on) } }),
    converts: config.protocol !== "original",
    ...(upstreamProtocol === undefined ? {} : { upstreamProtocol }),
    ...(edits === undefined ? {} : { edits }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  };
}

/** What the provider is asked for: its own mapping comes after the upstream's. */
function throughUpstream({ model, modelMapping }: AiUpstream, modelFor: Target["modelFor"]): Target["modelFor"] {
  if (model !== undefined) return () => modelFor(model);
  if (modelMapping === undefined) return modelFor;
  const mapping = compileMapping(modelMapping);
  return (asked) => modelFor(mapping(asked) ?? asked);
}

/** The route's deadlines over the provider's; the limit of one try among retries is one for the first byte. */
function timeoutsOf({ timeouts, retryOnFailure }: ProviderConfig, ai: AiRoute): Timeouts {
  const all = { ...DEFAULT_TIMEOUTS, ...timeouts, ...ai.timeouts };
  const ofTries = [retryOnFailure?.enabled === true ? retryOnFailure.retryTimeout : 0, ai.retry?.perTryTimeout ?? 0];
  const limits = [all.firstByte, ...ofTries].filter((limit) => limit > 0);
  return { ...all, firstByte: limits.length === 0 ? 0 : Math.min(...limits) };
}

/** The context window of a provider's model, by the provider's id. */
export type ContextWindow = (provider: string, model: string) => number | undefined;

/** What each AI route adds to `/v1/models`. */
export function catalogSources(config: Config, providers: Providers, contextWindow: ContextWindow): CatalogSource[] {
  return config.routes.flatMap(({ ai, match }) => {
    if (ai === undefined) return [];
    const allowed = match.models === undefined ? () => true : compilePatterns(match.models);
    return ai.upstreams.flatMap((upstream) => {
      const source = sourceOf(upstream, ai, match.models ?? [], allowed, providers);
      return source === undefined ? [] : [{ ...source, contextWindow: (id) => contextWindow(upstream.provider, id) }];
    });
  });
}

function sourceOf(
  upstream: AiUpstream,
  ai: AiRoute,
  models: readonly string[],
  allowed: (model: string) => boolean,
  providers: Providers,
): Omit<CatalogSource, "contextWindow"> | undefined {
  const compiled = providers.get(upstream.provider);
  if (compiled === undefined) return undefined;
  const { provider, pool, config } = compiled;
  const modelFor = throughUpstream(upstream, compiled.modelFor);
  const mapped = [...Object.keys(upstream.modelMapping ?? {}), ...Object.keys(config.modelMapping)];
  const spelledOut = [...models, ...(upstream.model === undefined ? mapped : [])];
  return {
    provider,
    pool,
    modelFor,
    names: spelledOut.filter((name) => isName(name) && allowed(name)),
    nameOf(id) {
      if (upstream.model !== undefined || modelFor(id) !== id) return undefined;
      if (ai.pick === "owner" && ownerOf(ai, id)?.provider !== upstream.provider) return `${upstream.provider}/${id}`;
      return allowed(id) ? id : undefined;
    },
  };
}

/** A pattern that is one model's name. */
function isName(pattern: string): boolean {
  return !pattern.startsWith("~") && !pattern.includes("*");
}
