import { isObject, type JsonObject } from "#src/core/json.ts";
import { headerOption } from "../header-changes.ts";
import { duration, typed } from "../resources.ts";
import { Refusal } from "../refusal.ts";
import type { AtRoute, NativeFilter, Place } from "./native-filter.ts";
import { sourceCluster } from "./wasm-filter.ts";

/** The options of the built-in, as its schema reads them. */
interface Options {
  readonly global_auth?: boolean;
  readonly allow?: readonly string[];
  readonly consumers: readonly Consumer[];
}

interface Consumer {
  readonly name: string;
  readonly jwks?: string;
  readonly jwks_uri?: string;
  readonly remote_jwks?: {
    readonly service_name: string;
    readonly service_host?: string;
    readonly path: string;
  };
  readonly jwks_cache_duration: number;
  readonly jwks_fetch_timeout: number;
  readonly issuer?: string;
  readonly claims_to_headers: readonly {
    readonly claim: string;
    readonly header: string;
    readonly override: boolean;
  }[];
  readonly from_headers: readonly { readonly name: string; readonly value_prefix: string }[];
  readonly from_params: readonly string[];
  readonly from_cookies: readonly string[];
  readonly clock_skew_seconds: number;
  readonly keep_token: boolean;
}

const NAME = "sluice.jwt-auth";
const AUTHENTICATION = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication";

/** The header that tells the upstream who asks. */
const CONSUMER_HEADER = "x-mse-consumer";

/**
 * Envoy's check of JSON Web Tokens. It does not say whose token it was: so only a list of one consumer is the same there, and a rule that
 * lets this one in.
 */
export const jwtAuth: NativeFilter = {
  plugin: "jwt-auth",
  filters: [{ name: NAME, config: undefined, type: AUTHENTICATION }],
  atRoute(given, place): AtRoute | Refusal {
    const options = given as Options;
    if (!isGuarded(options, place)) return { filters: {}, fields: { request_headers_to_remove: [CONSUMER_HEADER] } };
    const [consumer, ...others] = options.consumers;
    if (consumer === undefined || others.length > 0) return new Refusal("it has several consumers");
    if (options.allow?.includes(consumer.name) === false) return new Refusal("it lets none of its consumers in");
    const provider = providerOf(consumer);
    if (provider instanceof Refusal) return provider;
    const name = place.share(NAME, provider);
    return {
      filters: {
        [NAME]: typed("envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig", { requirement_name: name }),
      },
      fields: {
        request_headers_to_add: [headerOption(CONSUMER_HEADER, consumer.name, "OVERWRITE_IF_EXISTS_OR_ADD")],
      },
      ...(consumer.jwks_uri === undefined ? {} : { origins: [consumer.jwks_uri] }),
    };
  },
  shared(providers) {
    return typed(AUTHENTICATION, {
      providers: Object.fromEntries(providers),
      requirement_map: Object.fromEntries([...providers.keys()].map((name) => [name, { provider_name: name }])),
    });
  },
};

function isGuarded({ global_auth, allow }: Options, { hasRules }: Place): boolean {
  return allow !== undefined || (global_auth ?? !hasRules);
}

function providerOf(consumer: Consumer): JsonObject | Refusal {
  const { issuer, claims_to_headers: claims } = consumer;
  if (claims.some(({ override }) => !override)) return new Refusal("it leaves headers of clients' own");
  const keys = keysOf(consumer);
  if (keys instanceof Refusal) return keys;
  return {
    ...keys,
    ...(issuer === undefined ? {} : { issuer }),
    forward: consumer.keep_token,
    clock_skew_seconds: consumer.clock_skew_seconds,
    from_headers: consumer.from_headers.map(({ name, value_prefix }) => ({ name, value_prefix })),
    from_params: [...consumer.from_params],
    from_cookies: [...consumer.from_cookies],
    claim_to_headers: claims.map(({ claim, header }) => ({ claim_name: claim, header_name: header })),
  };
}

function keysOf(consumer: Consumer): JsonObject | Refusal {
  const { jwks, jwks_uri: uri, remote_jwks: remote } = consumer;
  if (jwks !== undefined) {
    return isKeySet(jwks) ? { local_jwks: { inline_string: jwks } } : new Refusal("its keys cannot be read");
  }
  if (uri !== undefined) return remoteKeys(uri, sourceCluster(uri), consumer);
  if (remote === undefined) return new Refusal("it has no keys");
  return remoteKeys(
    `http://${remote.service_host ?? remote.service_name}${remote.path}`,
    remote.service_name,
    consumer,
  );
}

function remoteKeys(uri: string, cluster: string, consumer: Consumer): JsonObject {
  return {
    remote_jwks: {
      http_uri: { uri, cluster, timeout: duration(consumer.jwks_fetch_timeout) },
      cache_duration: duration(consumer.jwks_cache_duration * 1000),
    },
  };
}

/** Envoy refuses all of a filter's configuration for one set of keys that it cannot read. */
function isKeySet(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) && Array.isArray(parsed["keys"]) && parsed["keys"].length > 0;
  } catch {
    return false;
  }
}
