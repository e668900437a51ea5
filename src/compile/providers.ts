import type { Config, ProviderConfig } from "#config/model.ts";
import { compileRegex } from "../core/regex.ts";
import { compileMapping } from "../core/pattern.ts";
import type { Provider, ProviderDefinition } from "../core/provider.ts";
import { chatEdits, commonFields, type OwnContext } from "./common-fields.ts";
import { CredentialCheck } from "../traffic/credential-check.ts";
import { type CoolDown, CredentialPool, type Recovery } from "../traffic/credential-pool.ts";
import type { ChatEdits } from "../traffic/ai/chat-edits.ts";
import type { OpenClientStream } from "../core/client-stream.ts";
import type { Transport } from "../core/upstream.ts";
import { probeCredential } from "../traffic/ai/credential-probe.ts";
import type { CredentialPolicy, Target } from "../traffic/ai/target.ts";
import { withCommonFields } from "../traffic/fields/with-common-fields.ts";
import type { Retained } from "../retained.ts";

/** A provider ready for routes to point at. */
export interface CompiledProvider {
  readonly config: ProviderConfig;
  readonly provider: Provider;
  readonly edits?: ChatEdits;
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
  readonly transport: Transport;
  readonly openStream: OpenClientStream;
  readonly onCoolDown: (coolDown: CoolDown) => void;
  readonly onRecovery: (recovery: Recovery) => void;
}

/** Every provider by its id. Throws an Error that names the provider and the setting. */
export function compileProviders(config: Config, deps: ProviderDeps): ReadonlyMap<string, CompiledProvider> {
  return new Map(config.providers.map((entry) => [entry.id, compileProvider(entry, config, deps)]));
}

function compileProvider(config: ProviderConfig, all: Config, deps: ProviderDeps): CompiledProvider {
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
  const bare = definition.configure(settings, { fetch, now: () => retained.clock.now() });
  const provider = withCommonFields(bare, commonFields(config));
  const own = ownContext(provider, () => compiled.pool);
  const edits = chatEdits(config, all, { fetch, clock: retained.clock }, own);
  const mapping = compileMapping(config.modelMapping);
  const check = credentialCheck(config, deps, () => compiled);
  const compiled: CompiledProvider = {
    config,
    provider,
    ...(edits === undefined ? {} : { edits }),
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
      failureThreshold: failover.failureThreshold,
      ...(check === undefined ? {} : { check }),
      onCoolDown,
    }),
  };
  return compiled;
}

/** The text a provider holds itself, asked for with its first credential: any of an account may read the account's files. */
function ownContext(provider: Provider, pool: () => CredentialPool): OwnContext | undefined {
  const { context } = provider;
  const url = context && provider.url(context);
  if (context === undefined || url === undefined) return undefined;
  return { url, authorize: (headers) => provider.authorize(headers, pool().credentials[0], context) };
}

/** Higress' health check: a resting credential is tried with a short question. */
function credentialCheck(
  { id, failover, upstreamProtocol }: ProviderConfig,
  { retained, fetch, transport, openStream, onRecovery }: ProviderDeps,
  compiled: () => CompiledProvider,
): CredentialCheck | undefined {
  const { healthCheckModel: model, healthCheckInterval, healthCheckTimeout, successThreshold } = failover;
  if (model === undefined || !failover.enabled) return undefined;
  const { clock, reach, deadlines, credentials } = retained;
  const timeouts = { connect: healthCheckTimeout, firstByte: 0, idle: 0, total: healthCheckTimeout };
  return new CredentialCheck({
    clock,
    interval: healthCheckInterval,
    successThreshold,
    probe(credential) {
      const { provider, pool, modelFor } = compiled();
      const once = { tries: 1, rest: false };
      const target: Target = { provider, pool, modelFor, credentials: once, weight: 1, timeouts, converts: true };
      const spoken = upstreamProtocol === undefined ? target : { ...target, upstreamProtocol };
      return probeCredential({ fetch, transport, openStream, clock, reach, deadlines }, spoken, model, credential);
    },
    recovered(credential, health) {
      credentials.wake(health);
      onRecovery({ provider: id, credential: credential.id });
    },
  });
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
