import { z } from "zod";
import { type Call, definePlugin, type Plugin } from "#src/core/plugin.ts";
import { anyText, integer } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";
import { refusal, statusCode } from "./refusal.ts";
import { TokenBucket, type TokenRate } from "./token-bucket.ts";

interface Options {
  readonly requests_per_second?: number;
  readonly requests_per_minute?: number;
  readonly burst_multiplier: number;
  readonly rejected_code: number;
  readonly rejected_msg: string;
}

/** Above so many buckets, those that are full again are let go of: routes come and go with reloads. */
const MANY = 1024;

/** How many requests a route takes, counted in this process. */
export const localRateLimit: Plugin<Options> = definePlugin({
  name: "local-rate-limit",
  summary: "Limits the requests of a route, counted by each gateway process for itself.",
  phase: "UNSPECIFIED_PHASE",
  priority: 30,
  failStrategy: "FAIL_OPEN",
  options: makes<Options>()(
    z
      .strictObject({
        requests_per_second: integer("Requests in a second, in the long run.", 1, 1_000_000_000).exactOptional(),
        requests_per_minute: integer(
          "Requests in a minute, in the long run; goes before requests_per_second.",
          1,
          1_000_000_000,
        ).exactOptional(),
        burst_multiplier: integer("How many times that may come at once after a quiet time.", 1, 1_000_000).default(5),
        rejected_code: statusCode("The status of a refusal.").default(429),
        rejected_msg: anyText("The body of a refusal.").default("local_rate_limited"),
      })
      .superRefine(({ requests_per_second: second, requests_per_minute: minute }, context) => {
        if ((second ?? minute) !== undefined) return;
        context.addIssue({ code: "custom", message: "needs requests_per_second or requests_per_minute" });
      }),
  ),
  configure(options, { clock }) {
    const rate = rateOf(options);
    const buckets = new Map<string, TokenBucket>();
    let sweepAt = MANY;
    const sweep = (now: number): void => {
      for (const [name, one] of buckets) if (one.isFull(now)) buckets.delete(name);
      sweepAt = Math.max(MANY, buckets.size * 2);
    };
    const bucketOf = (route: string, now: number): TokenBucket => {
      let bucket = buckets.get(route);
      if (bucket === undefined) {
        if (buckets.size >= sweepAt) sweep(now);
        buckets.set(route, (bucket = new TokenBucket(rate, now)));
      }
      return bucket;
    };
    return {
      requestHeaders(call: Call) {
        const now = clock.monotonic();
        const wait = bucketOf(call.route.name, now).take(now);
        if (wait === 0) return undefined;
        return refusal(
          call,
          { status: options.rejected_code, message: options.rejected_msg, otherwise: "Too many requests." },
          { headers: [["retry-after", String(Math.ceil(wait / 1000))]], reason: "local-rate-limit.limited" },
        );
      },
    };
  },
});

function rateOf({ requests_per_second, requests_per_minute, burst_multiplier }: Options): TokenRate {
  const [requests, milliseconds] =
    requests_per_minute === undefined ? [requests_per_second ?? 1, 1000] : [requests_per_minute, 60_000];
  return { size: requests * burst_multiplier, perMillisecond: requests / milliseconds };
}
