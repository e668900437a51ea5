/** What requests cost, by the vendors' published prices: data of @pydantic/genai-prices that comes with the package, without a network. */
import { calcPrice, type PriceCalculation } from "@pydantic/genai-prices";
import type { Usage } from "../core/chat.ts";
import { indexPatterns, type PatternHit } from "../core/pattern.ts";

/** One's own knowledge of a model. Prices are in US dollars for a million tokens; `input` and `output` stand together, or neither. */
export interface PriceOverride {
  readonly input?: number;
  readonly output?: number;
  /** Of input tokens read from a cache; as `input` when left out. */
  readonly cachedInput?: number;
  /** Of input tokens written to a cache; as `input` when left out. */
  readonly cacheWrite?: number;
  readonly contextWindow?: number;
}

/**
 * Prices by pattern (see core/pattern.ts) over a model's name, over `provider/model` with a configured provider's id, or over
 * `vendor/model`. Of several that fit, the more exact one counts; of two equals, the one that says more.
 */
export type PriceOverrides = Readonly<Record<string, PriceOverride>>;

/** What is known of models' prices. `vendor` is the name in OpenTelemetry's GenAI conventions, or the provider's type. */
export interface Prices {
  /** US dollars; undefined when the model or its price is unknown. `provider` is the id of a configured one. */
  cost(vendor: string, model: string, usage: Usage, provider?: string): number | undefined;
  /** The most tokens of a conversation; undefined when unknown. */
  contextWindow(vendor: string, model: string, provider?: string): number | undefined;
}

/** The package's name of a vendor by ours. What is not listed is nobody's there: it guesses, and takes one vendor for another. */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ...[
    "anthropic",
    "azure",
    "cloudflare",
    "cohere",
    "deepseek",
    "fireworks",
    "groq",
    "minimax",
    "openai",
    "openrouter",
    "perplexity",
    "zai",
    "zhipuai",
  ].map((name) => [name, name] as const),
  ["aws.bedrock", "aws"],
  ["azure.ai.inference", "azure"],
  ["azure.ai.openai", "azure"],
  ["bedrock", "aws"],
  ["gcp.gemini", "google"],
  ["gcp.vertex_ai", "google"],
  ["grok", "x-ai"],
  ["mistral", "mistral"],
  ["mistral_ai", "mistral"],
  ["moonshot", "moonshotai"],
  ["moonshot_ai", "moonshotai"],
  ["together-ai", "together"],
  ["x_ai", "x-ai"],
]);

/** A price: one for all requests, or by their number of input tokens. */
type Price = number | { readonly base: number; readonly tiers: readonly { start: number; price: number }[] };

/** Dollars for a million tokens. */
interface Rates {
  readonly input: Price;
  /** Undefined where what the model writes is not counted in tokens, or not at one price. */
  readonly output: Price | undefined;
  readonly reasoning: Price | undefined;
  readonly cachedInput: Price;
  readonly cacheWrite: Price;
  readonly cacheWrite1h: Price;
  /** Dollars for a request as such. */
  readonly request: number;
}

interface Known {
  readonly rates: Rates | undefined;
  readonly contextWindow: number | undefined;
  /** Unix milliseconds. Prices change, some of them with the time of day. */
  readonly until: number;
}

/** How long a look-up holds, in milliseconds: it costs more than many a request's whole way through the gateway. */
const LOOK_UP_LIFE = 60_000;
/** More names than this and the look-ups begin anew. */
const MAX_KNOWN = 2000;

const NONE: PriceOverrides = {};

/**
 * Prices as published, with one's own over them, which are asked for anew at each look-up: a reload may have changed them. `now` is Unix
 * time in milliseconds. Throws a SyntaxError for a pattern that is none.
 */
export function createPrices(overrides: () => PriceOverrides = () => NONE, now: () => number = Date.now): Prices {
  const known = new Map<string, Known>();
  let written = NONE;
  let own = indexPatterns<PriceOverride>([]);
  function lookUp(vendor: string, model: string, provider: string): Known {
    if (written !== overrides()) {
      written = overrides();
      own = indexPatterns(Object.entries(written));
      known.clear();
    }
    const key = `${provider}/${vendor}/${model}`;
    const at = now();
    const held = known.get(key);
    if (held !== undefined && at < held.until) return held;
    if (known.size >= MAX_KNOWN) known.clear();
    const override = best([own(`${provider}/${model}`), own(`${vendor}/${model}`), own(model)]);
    const listed = published(vendor, model, at);
    const made = {
      rates: ratesOfOverride(override) ?? ratesOf(listed),
      contextWindow: override?.contextWindow ?? listed?.model.context_window,
      until: at + LOOK_UP_LIFE,
    };
    known.set(key, made);
    return made;
  }
  return {
    cost(vendor, model, usage, provider = vendor) {
      const { rates } = lookUp(vendor, model, provider);
      return rates === undefined ? undefined : costOf(rates, usage);
    },
    contextWindow: (vendor, model, provider = vendor) => lookUp(vendor, model, provider).contextWindow,
  };
}

/** The most exact of them; of equals the first. */
function best<T>(hits: readonly (PatternHit<T> | undefined)[]): T | undefined {
  const found = hits.filter((hit) => hit !== undefined);
  return found.reduce<PatternHit<T> | undefined>(
    (so, hit) => (so === undefined || hit.pattern.rank < so.pattern.rank ? hit : so),
    undefined,
  )?.value;
}

function published(vendor: string, model: string, at: number): PriceCalculation | undefined {
  const providerId = VENDORS.get(vendor);
  if (providerId === undefined || model === "") return undefined;
  return calcPrice({ input_tokens: 0 }, model, { providerId, timestamp: new Date(at) }) ?? undefined;
}

/** What the package says of tokens; undefined when it lists the model without such a price. */
function ratesOf(listed: PriceCalculation | undefined): Rates | undefined {
  const prices = listed?.model_price ?? {};
  const { input_mtok: input, output_mtok: output, requests_kcount: requests } = prices;
  if (input === undefined) return undefined;
  const cacheWrite = prices["cache_write_mtok"] ?? input;
  return {
    input,
    output,
    reasoning: prices["output_reasoning_mtok"] ?? output,
    cachedInput: prices["cache_read_mtok"] ?? input,
    cacheWrite,
    cacheWrite1h: prices["cache_write_1h_mtok"] ?? cacheWrite,
    request: typeof requests === "number" ? requests / 1000 : 0,
  };
}

function ratesOfOverride(override: PriceOverride | undefined): Rates | undefined {
  const { input, output } = override ?? {};
  if (input === undefined) return undefined;
  const { cachedInput = input, cacheWrite = input } = override ?? {};
  return { input, output, reasoning: output, cachedInput, cacheWrite, cacheWrite1h: cacheWrite, request: 0 };
}

/**
 * Usage's input includes what was read from a cache and written to it, the latter what was written for an hour; its output includes the
 * reasoning. Undefined when a part of it has no price.
 */
function costOf(rates: Rates, usage: Usage): number | undefined {
  const { inputTokens, outputTokens, reasoningTokens = 0 } = usage;
  const { cachedInputTokens = 0, cacheWriteTokens = 0, cacheWrite1hTokens = 0 } = usage;
  let dollars = rates.request;
  for (const [price, tokens] of [
    [rates.input, inputTokens - cachedInputTokens - cacheWriteTokens],
    [rates.cachedInput, cachedInputTokens],
    [rates.cacheWrite, cacheWriteTokens - cacheWrite1hTokens],
    [rates.cacheWrite1h, cacheWrite1hTokens],
    [rates.output, outputTokens - reasoningTokens],
    [rates.reasoning, reasoningTokens],
  ] as const) {
    // Less than none: a vendor counts the part beside the whole.
    if (!(tokens > 0)) continue;
    if (price === undefined) return undefined;
    dollars += (at(price, inputTokens) * tokens) / 1e6;
  }
  // What is beyond a millionth of a millionth comes of binary fractions.
  return Math.round(dollars * 1e12) / 1e12;
}

/** The highest tier below the request's input counts for all of its tokens. */
function at(price: Price, inputTokens: number): number {
  if (typeof price === "number") return price;
  return price.tiers.reduce((so, { start, price: next }) => (inputTokens > start ? next : so), price.base);
}
