import { duration, typed } from "../resources.ts";
import { Refusal } from "../refusal.ts";
import type { NativeFilter } from "./native-filter.ts";

/** The options of the built-in, as its schema reads them. */
interface Options {
  readonly requests_per_second?: number;
  readonly requests_per_minute?: number;
  readonly burst_multiplier: number;
  readonly rejected_code: number;
  readonly rejected_msg: string;
}

const NAME = "sluice.local-rate-limit";
const LIMIT = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";

/** What Envoy itself says. */
const REJECTED = "local_rate_limited";

const ALWAYS = { default_value: { numerator: 100, denominator: "HUNDRED" } };

/** Envoy's token bucket of a route, which each Envoy process keeps for itself. */
export const localRateLimit: NativeFilter = {
  plugin: "local-rate-limit",
  filters: [{ name: NAME, config: typed(LIMIT, { stat_prefix: "local_rate_limit" }) }],
  atRoute(given) {
    const { requests_per_second, requests_per_minute, burst_multiplier, rejected_code, rejected_msg } =
      given as Options;
    if (rejected_msg !== REJECTED) return new Refusal("it has an answer of its own");
    const [requests, interval] =
      requests_per_minute === undefined ? [requests_per_second ?? 1, 1000] : [requests_per_minute, 60_000];
    const limit = {
      stat_prefix: "local_rate_limit",
      status: { code: rejected_code },
      token_bucket: {
        max_tokens: requests * burst_multiplier,
        tokens_per_fill: requests,
        fill_interval: duration(interval),
      },
      filter_enabled: ALWAYS,
      filter_enforced: ALWAYS,
    };
    return { filters: { [NAME]: typed(LIMIT, limit) } };
  },
};
