import { compileLinear } from "#src/core/linear-regex.ts";
import type { Call } from "#src/core/plugin.ts";
import { unwrapped } from "#src/core/network/ranges.ts";
import { addressIn, AddressSet } from "./address-set.ts";

/** How many in which time; one of them. */
export interface Rates {
  readonly query_per_second?: number;
  readonly query_per_minute?: number;
  readonly query_per_hour?: number;
  readonly query_per_day?: number;
}

/** A value that is counted, and how many may come. */
export interface LimitKey extends Rates {
  readonly key: string;
}

/** By what requests are counted; one `limit_by_*`. */
export interface RuleItem extends Readonly<Partial<Record<LimitBy, string>>> {
  readonly limit_keys: readonly LimitKey[];
}

/** So many in so many seconds. */
export interface Limit {
  readonly limit: number;
  readonly seconds: number;
}

/** A request's counter: `name` tells it from others. */
export interface Counted extends Limit {
  readonly name: readonly string[];
}

const SECONDS = { query_per_second: 1, query_per_minute: 60, query_per_hour: 3600, query_per_day: 86_400 } as const;

const RATES = ["query_per_second", "query_per_minute", "query_per_hour", "query_per_day"] as const;

/** Throws an Error when not exactly one is given. */
export function limitOf(rates: Rates, where: string): Limit {
  const given = RATES.filter((rate) => rates[rate] !== undefined);
  const [rate] = given;
  const limit = rate === undefined ? undefined : rates[rate];
  if (rate === undefined || limit === undefined || given.length > 1) {
    throw new Error(`${where} needs exactly one of ${RATES.join(", ")}.`);
  }
  return { limit, seconds: SECONDS[rate] };
}

/** What the value of a request is by a rule's source; undefined: it has none, and the next rule is asked. */
type Source = (name: string) => (call: Call) => string | undefined;

const header: Source = (name) => {
  const lower = name.toLowerCase();
  return ({ request }) => request.headers.get(lower) ?? undefined;
};

const param: Source =
  (name) =>
  ({ request }) =>
    new URLSearchParams(request.search).get(name) ?? undefined;

const cookie: Source =
  (name) =>
  ({ request }) => {
    for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
      const at = pair.indexOf("=");
      // An empty one is none, as in Higress.
      if (at >= 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || undefined;
    }
    return undefined;
  };

const consumer: Source =
  () =>
  ({ consumer: name }) =>
    name;

const FROM_HEADER = "from-header-";

const address: Source = (where) => {
  const name = where.startsWith(FROM_HEADER) ? where.slice(FROM_HEADER.length).toLowerCase() : undefined;
  if (name === "" || (name === undefined && where !== "from-remote-addr")) {
    throw new Error(`limit_by_per_ip is from-remote-addr, or from-header- and a header's name.`);
  }
  if (name === undefined) return ({ connection }) => connection.remoteAddress;
  return ({ request }) => request.headers.get(name)?.split(",", 1)[0];
};

/** The fields that say by what is counted, in the order of the documents. */
export const LIMITS_BY = [
  "limit_by_header",
  "limit_by_param",
  "limit_by_consumer",
  "limit_by_cookie",
  "limit_by_per_header",
  "limit_by_per_param",
  "limit_by_per_consumer",
  "limit_by_per_cookie",
  "limit_by_per_ip",
] as const;

/** One of them. */
export type LimitBy = (typeof LIMITS_BY)[number];

/** `each`: the keys are patterns, and each value that fits one is counted for itself. */
const KINDS: Readonly<Record<LimitBy, { readonly source: Source; readonly each: boolean }>> = {
  limit_by_header: { source: header, each: false },
  limit_by_param: { source: param, each: false },
  limit_by_consumer: { source: consumer, each: false },
  limit_by_cookie: { source: cookie, each: false },
  limit_by_per_header: { source: header, each: true },
  limit_by_per_param: { source: param, each: true },
  limit_by_per_consumer: { source: consumer, each: true },
  limit_by_per_cookie: { source: cookie, each: true },
  limit_by_per_ip: { source: address, each: true },
};

/** Makes a rule a function from requests to counters. Rejects with an Error that says what cannot be used. */
export async function compileRule(rule: RuleItem): Promise<(call: Call) => Counted | undefined> {
  const by = kindOf(rule);
  const name = rule[by] ?? "";
  const { source } = KINDS[by];
  if (name === "" && source !== consumer) throw new Error(`${by} must not be empty.`);
  const valueOf = source(name);
  const keys = await Promise.all(
    rule.limit_keys.map(async (one) => {
      const fits = await compileKey(by, one.key);
      return { fits, ...limitOf(one, `The key ${JSON.stringify(one.key)}`) };
    }),
  );
  return (call) => {
    const value = valueOf(call);
    if (value === undefined) return undefined;
    for (const { fits, limit, seconds } of keys) {
      const counted = fits(value);
      if (counted !== undefined) return { limit, seconds, name: [by, name, counted] };
    }
    return undefined;
  };
}

function kindOf(rule: RuleItem): LimitBy {
  const given = LIMITS_BY.filter((by) => rule[by] !== undefined);
  const [by] = given;
  if (by === undefined || given.length > 1) throw new Error(`A rule needs exactly one of ${LIMITS_BY.join(", ")}.`);
  return by;
}

/** What a value is counted as; undefined when the key is not for it. */
async function compileKey(by: LimitBy, key: string): Promise<(value: string) => string | undefined> {
  if (by === "limit_by_per_ip") return addressKey(key);
  if (!KINDS[by].each) return (value) => (value === key ? value : undefined);
  if (key === "*") return (value) => value;
  if (!key.startsWith("regexp:")) throw new Error(`A key of ${by} is * or begins with regexp:.`);
  const pattern = await compileLinear(key.slice("regexp:".length));
  return (value) => (pattern.test(value) ? value : undefined);
}

function addressKey(key: string): (value: string) => string | undefined {
  const block = AddressSet.of([key]);
  return (value) => {
    const found = addressIn(value);
    if (found === undefined || !block.has(found)) return undefined;
    const { bits, value: number } = unwrapped(found);
    return `${bits}:${number.toString(16)}`;
  };
}
