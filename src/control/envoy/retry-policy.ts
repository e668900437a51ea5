import type { HttpRetry } from "#config/model/http-route.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { duration, typed } from "./resources.ts";

/** Asks for tries beside those of the policy. */
export const RETRY_HEADER = "x-envoy-retry-on";

/** RFC 9110, 9.2.2; those that the gateway repeats. */
const IDEMPOTENT = "GET|HEAD|OPTIONS|PUT|DELETE";

const PREVIOUS_HOSTS: JsonObject = {
  name: "envoy.retry_host_predicates.previous_hosts",
  typed_config: typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
};

/** As in the gateway. */
export const BACK_OFF: JsonObject = { base_interval: "0.025s", max_interval: "0.250s" };

/** The gateway's words by Envoy's. A try that took too long is `reset` to Envoy. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "connect-failure": ["connect-failure"],
  reset: ["reset"],
  timeout: ["reset"],
  "gateway-error": ["gateway-error"],
  "5xx": ["5xx"],
};

/** Words after which a refused connection is tried again. */
const UNREACHED: ReadonlySet<string> = new Set(["connect-failure", "gateway-error", "5xx"]);

/** A request that reached nobody may be sent again whatever its method, any other only when its method is idempotent. */
export interface RetryPolicies {
  readonly idempotent: JsonObject;
  /** Undefined: the same. */
  readonly others?: JsonObject;
}

/** How a route tries again. */
export function retryPolicies(retry: HttpRetry): RetryPolicies {
  const { attempts, on, nonIdempotent = false } = retry;
  if (attempts === 0) return { idempotent: {} };
  const idempotent = policyOf(retry);
  if (nonIdempotent) return { idempotent };
  const unreached = on.some((word) => UNREACHED.has(word)) ? { ...retry, on: ["connect-failure"] } : undefined;
  return { idempotent, others: unreached === undefined ? {} : policyOf(unreached, ["refused-stream"]) };
}

function policyOf({ attempts, on, perTryTimeout }: HttpRetry, more: readonly string[] = []): JsonObject {
  const words = new Set([...on.flatMap((word) => WORDS[word] ?? []), ...more]);
  const codes = on.filter((word) => /^\d{3}$/.test(word)).map(Number);
  const classes = on.filter((word) => /^[1-4]xx$/.test(word)).map((word) => word.charAt(0));
  if (codes.length > 0) words.add("retriable-status-codes");
  if (classes.length > 0) words.add("retriable-headers");
  return {
    retry_on: [...words].join(","),
    num_retries: attempts,
    retry_host_predicate: [PREVIOUS_HOSTS],
    host_selection_retry_max_attempts: "3",
    retry_back_off: BACK_OFF,
    ...(codes.length === 0 ? {} : { retriable_status_codes: codes }),
    ...(classes.length === 0 ? {} : { retriable_headers: [statusMatcher(classes)] }),
    ...(perTryTimeout === undefined ? {} : { per_try_timeout: duration(perTryTimeout) }),
  };
}

/**
 * What virtual hosts say for routes that say nothing: a refused connection is tried again, and one that broke for idempotent methods: those
 * ask for it in a header, which a filter of every listener writes.
 */
export const USUAL: JsonObject = policyOf({ attempts: 2, on: ["connect-failure"] }, ["refused-stream"]);

/** The filter that asks for further tries of idempotent requests. */
export const RETRY_FILTER: JsonObject = {
  name: "sluice.retry-idempotent",
  typed_config: typed("envoy.extensions.common.matching.v3.ExtensionWithMatcher", {
    extension_config: {
      name: "envoy.filters.http.header_mutation",
      typed_config: typed("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {
        mutations: {
          request_mutations: [
            {
              append: {
                header: { key: RETRY_HEADER, value: "reset" },
                append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
              },
            },
          ],
        },
      }),
    },
    xds_matcher: {
      matcher_list: {
        matchers: [
          {
            predicate: {
              not_matcher: {
                single_predicate: {
                  input: {
                    name: "method",
                    typed_config: typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", {
                      header_name: ":method",
                    }),
                  },
                  value_match: { safe_regex: { google_re2: {}, regex: IDEMPOTENT } },
                },
              },
            },
            on_match: {
              action: {
                name: "skip",
                typed_config: typed("envoy.extensions.filters.common.matcher.action.v3.SkipFilter"),
              },
            },
          },
        ],
      },
    },
  }),
};

function statusMatcher(classes: readonly string[]): Json {
  return { name: ":status", string_match: { safe_regex: { regex: `[${classes.join("")}]..` } } };
}

/** Of idempotent methods. */
export const IDEMPOTENT_METHOD: JsonObject = {
  name: ":method",
  string_match: { safe_regex: { regex: IDEMPOTENT } },
};
