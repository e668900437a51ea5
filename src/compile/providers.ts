import type { Config, ProviderConfig } from "#config/model.ts";
import { compileRegex } from "../core/regex.ts";
import { compileMapping } from "../core/pattern.ts";
import type { Provider, ProviderDefinition } from "../core/provider.ts";
import { type CoolDown, CredentialPool } from "../traffic/credential-pool.ts";
import type { CredentialPolicy } from "../traffic/ai/target.ts";
import type { Retained } from "../retained.ts";

/** A provider ready for routes to point at. */
export interface CompiledProvider {
  readonly config: ProviderConfig;
  readonly provider: Provider;
  readonly pool: CredentialPool;
  readonly credentials: CredentialPolicy;
  /** The provider's name for a model. */
  readonly modelFor: (asked: string) => string;
}

/** What compiling providers needs of the world. */
export interface ProviderDeps {
  readonly definitions: readonly ProviderDefinition[];
  readonly retained: Retained;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly onCoolDown: (coolDown: CoolDown) => void;
}

/** Every provider by its id. Throws an Error that names the provider and the setting. */
export function compileProviders(config: Config, deps: ProviderDeps): ReadonlyMap<string, CompiledProvider> {
  return new Map(config.providers.map((entry) => [entry.id, compileProvider(entry, deps)]));
}

function compileProvider(config: ProviderConfig, deps: ProviderDeps): CompiledProvider {
  const { definitions, retained, onCoolDown, fetch } = deps;
  const definition = definitions.find(({ type }) => type === config.type);
  if (definition === undefined) throw new Error(`The provider '${config.id}' has the unknown type '${config.type}'.`);
  const { id, type, apiTokens, baseUrl, options, failover } = config;
  const settings = {
    id,
    type,
    apiTokens,
    options,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
  const provider = definition.configure(settings, { fetch, now: () => retained.clock.now() });
  const mapping = compileMapping(config.modelMapping);
  return {
    config,
    provider,
    modelFor: (asked) => mapping(asked) ?? asked,
    credentials: credentialPolicy(config),
    pool: new CredentialPool({
      provider: id,
      apiTokens,
      keyless: provider.keyless,
      health: retained.credentials,
      clock: retained.clock,
      random: Math.random,
      ...(failover.cooldown === undefined ? {} : { coolDown: failover.cooldown }),
      onCoolDown,
    }),
  };
}

/** Higress' two ways of saying when another credential is tried, as one. */
function credentialPolicy({ failover, retryOnFailure }: ProviderConfig): CredentialPolicy {
  if (failover.enabled)
    return { tries: Number.POSITIVE_INFINITY, rest: true, ...statusTest(failover.failoverOnStatus) };
  if (retryOnFailure?.enabled === true) {
    return { tries: 1 + retryOnFailure.maxRetries, rest: false, ...statusTest(retryOnFailure.retryOnStatus) };
  }
  return { tries: 1, rest: false };
}

function statusTest(expressions: readonly string[] | undefined): Pick<CredentialPolicy, "retryOn"> {
  if (expressions === undefined) return {};
  const tests = expressions.map((expression) => compileRegex(expression, "search"));
  return { retryOn: (status) => tests.some((test) => test.test(String(status))) };
}
