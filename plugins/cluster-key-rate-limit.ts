import { z } from "zod";
import type { Header } from "#src/core/header-list.ts";
import { type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { anyText, flag, integer, plainText, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import {
  compileRule,
  type Counted,
  type LimitBy,
  type LimitKey,
  limitOf,
  type Rates,
  type RuleItem,
} from "./rate-rules.ts";
import { type RateHit, redisWindows, SteadyWindows, storeWindows } from "./rate-windows.ts";
import { refusal, statusCode } from "./refusal.ts";

interface Redis {
  readonly service_name: string;
  readonly service_port?: number;
  readonly username: string;
  readonly password: string;
  readonly timeout: number;
  readonly database: number;
}

interface Options {
  readonly rule_name: string;
  readonly rule_items?: readonly RuleItem[];
  readonly global_threshold?: Rates;
  readonly show_limit_quota_header: boolean;
  readonly rejected_code: number;
  readonly rejected_msg: string;
  readonly redis?: Redis;
}

const rates = {
  query_per_second: integer("Requests in a second.", 1).exactOptional(),
  query_per_minute: integer("Requests in a minute.", 1).exactOptional(),
  query_per_hour: integer("Requests in an hour.", 1).exactOptional(),
  query_per_day: integer("Requests in a day.", 1).exactOptional(),
};

const PATTERN_KEYS = "Each value that fits a key is counted for itself: keys are * or regexp: and an expression (RE2).";

const BY: Readonly<Record<LimitBy, string>> = {
  limit_by_header: "The header whose value is looked for among the keys.",
  limit_by_param: "The query's parameter whose value is looked for among the keys.",
  limit_by_consumer: "The consumer's name is looked for among the keys; the text itself is of no matter.",
  limit_by_cookie: "The cookie whose value is looked for among the keys.",
  limit_by_per_header: `A header. ${PATTERN_KEYS}`,
  limit_by_per_param: `A parameter of the query. ${PATTERN_KEYS}`,
  limit_by_per_consumer: `The consumer's name. ${PATTERN_KEYS}`,
  limit_by_per_cookie: `A cookie. ${PATTERN_KEYS}`,
  limit_by_per_ip:
    "The client's address: from-remote-addr, or from-header- and the header that holds it. Keys are addresses and blocks.",
};

const by = (name: LimitBy) => plainText(BY[name]).exactOptional();

const ruleItem = makes<RuleItem>()(
  z.strictObject({
    limit_by_header: by("limit_by_header"),
    limit_by_param: by("limit_by_param"),
    limit_by_consumer: by("limit_by_consumer"),
    limit_by_cookie: by("limit_by_cookie"),
    limit_by_per_header: by("limit_by_per_header"),
    limit_by_per_param: by("limit_by_per_param"),
    limit_by_per_consumer: by("limit_by_per_consumer"),
    limit_by_per_cookie: by("limit_by_per_cookie"),
    limit_by_per_ip: by("limit_by_per_ip"),
    limit_keys: someOf(
      makes<LimitKey>()(z.strictObject({ key: plainText("The value, or the pattern of values."), ...rates })),
      "What is counted, each with one of query_per_*; the first key that fits counts.",
    ),
  }),
);

const redis = makes<Redis>()(
  z.strictObject({
    service_name: text("A configured service, or a host."),
    service_port: integer("Its port; left out: 80 for *.static, otherwise 6379.", 1, 65_535).exactOptional(),
    username: anyText("Who signs in.").default(""),
    password: anyText("With what.").default(""),
    timeout: integer("Milliseconds that a command may take.", 1, 60_000).default(1000),
    database: integer("The database's number.", 0, 1_000_000).default(0),
  }),
);

/** How many requests may be made, by who makes them. */
export const clusterKeyRateLimit: Plugin<Options> = definePlugin({
  name: "cluster-key-rate-limit",
  summary: "Limits requests by header, parameter, cookie, consumer or address, counted over all replicas.",
  phase: "UNSPECIFIED_PHASE",
  priority: 20,
  failStrategy: "FAIL_OPEN",
  options: makes<Options>()(
    z.strictObject({
      rule_name: plainText("Tells these counters from others'."),
      rule_items: someOf(ruleItem, "The first that fits a request counts it.").exactOptional(),
      global_threshold: makes<Rates>()(z.strictObject(rates))
        .describe("A limit for all requests together, in place of rule_items.")
        .exactOptional(),
      show_limit_quota_header: flag("Whether answers tell the limit and what is left of it.").default(false),
      rejected_code: statusCode("The status of a refusal.").default(429),
      rejected_msg: anyText("The body of a refusal.").default("Too many requests"),
      redis: redis.describe("A Redis of the plugin's own to count in; left out: the gateway's store.").exactOptional(),
    }),
  ),
  async configure(options, host) {
    const countedAs = await compileRules(options);
    const windows = windowsOf(options, host);
    const hitBy = async (call: Call): Promise<(RateHit & Counted) | undefined> => {
      const counted = countedAs(call);
      if (counted === undefined) return undefined;
      const hit = await windows.hit(await keyOf(options, counted), counted.limit, counted.seconds);
      return hit === undefined ? undefined : { ...counted, ...hit };
    };
    return {
      hooks: options.show_limit_quota_header ? ["requestHeaders", "responseHeaders"] : ["requestHeaders"],
      open() {
        let hit: (RateHit & Counted) | undefined;
        return {
          async requestHeaders(call) {
            hit = await hitBy(call);
            return hit !== undefined && hit.count > hit.limit ? rejected(call, options, hit) : undefined;
          },
          responseHeaders({ response }) {
            if (hit === undefined || !options.show_limit_quota_header) return;
            for (const [name, value] of quota(hit)) response?.headers.set(name, value);
          },
        };
      },
    };
  },
});

async function compileRules(options: Options): Promise<(call: Call) => Counted | undefined> {
  const { global_threshold: all, rule_items: items } = options;
  if ((all === undefined) === (items === undefined)) throw new Error("Give one of rule_items and global_threshold.");
  if (all !== undefined) {
    const counted = { ...limitOf(all, "global_threshold"), name: ["global_threshold"] };
    return () => counted;
  }
  const rules = await Promise.all((items ?? []).map(compileRule));
  return (call) => {
    for (const rule of rules) {
      const counted = rule(call);
      if (counted !== undefined) return counted;
    }
    return undefined;
  };
}

function windowsOf({ redis: own }: Options, host: PluginHost): SteadyWindows {
  const store = { windows: storeWindows(host.store, host.clock), name: "the store", otherwise: "they are not limited" };
  if (own === undefined) return new SteadyWindows([store], host);
  const { service_name: name, service_port: port, username, password, timeout, database } = own;
  try {
    const client = host.redis({
      host: name,
      port: port ?? (name.endsWith(".static") ? 80 : 6379),
      ...(username === "" ? {} : { username }),
      ...(password === "" ? {} : { password }),
      timeout,
      database,
    });
    const there = { windows: redisWindows(client), name: `the Redis ${name}`, otherwise: "they are in the store" };
    return new SteadyWindows([there, store], host);
  } catch (error) {
    // Such as an edge host, which reaches no Redis.
    const reason = error instanceof Error ? error.message : "unknown";
    host.log("warn", `Requests are counted in the gateway's store, not in the Redis ${name}.`, { reason });
    return new SteadyWindows([store], host);
  }
}

/** Longer values are counted by their digest: keys of a store stay short whatever clients send. */
const LONGEST = 128;

function keyOf(options: Options, counted: Counted): string | Promise<string> {
  const { name } = counted;
  if (name.every((part) => part.length <= LONGEST)) return keyWith(options, counted, name);
  return shortened(name).then((parts) => keyWith(options, counted, parts));
}

async function shortened(parts: readonly string[]): Promise<readonly string[]> {
  const short: string[] = [];
  for (const part of parts) short.push(part.length > LONGEST ? await digestOf(part) : part);
  return short;
}

function keyWith({ rule_name: rule }: Options, { limit, seconds }: Counted, parts: readonly string[]): string {
  const encoded = [rule, ...parts].map((part) => encodeURIComponent(part.toWellFormed()));
  return ["cluster-key-rate-limit", seconds, limit, ...encoded].join(":");
}

async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256 ${new Uint8Array(digest).toHex()}`;
}

function quota({ limit, count }: RateHit & Counted): readonly Header[] {
  return [
    ["x-ratelimit-limit", String(limit)],
    ["x-ratelimit-remaining", String(Math.max(0, limit - count))],
  ];
}

function rejected(call: Call, options: Options, hit: RateHit & Counted): LocalReply {
  const { rejected_code: status, rejected_msg: message, show_limit_quota_header: shown } = options;
  const reset = String(hit.reset);
  const headers: readonly Header[] = [
    ["x-ratelimit-reset", reset],
    ...(shown ? quota(hit) : []),
    // Clients of AI APIs wait by this one.
    ...(status === 429 || status === 503 ? [["retry-after", reset] as const] : []),
  ];
  const reason = "cluster-key-rate-limit.rejected";
  // A status that is no error is an answer of the operator's own, in no protocol's form.
  if (status < 400)
    return LocalReply.respond(status, message, { headers: [...headers, ["content-type", "text/plain"]], reason });
  return refusal(call, { status, message, otherwise: "Too many requests" }, { headers, reason });
}
