import type { ApiName } from "../core/api.ts";
import type { AccessRecord, Attempt } from "../core/exchange.ts";
import type { Observer } from "../core/observer.ts";
import { BoundedNames } from "./bounded-names.ts";
import type { Counter, CounterSeries, Histogram, HistogramSeries, Metrics } from "./metrics.ts";

/** Bucket bounds as the OpenTelemetry conventions advise, for HTTP and GenAI metrics; times in seconds. */
const BOUNDS = {
  http: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  duration: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  firstToken: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  perToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
  tokens: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
} as const;

/** The methods the conventions name; any other is `_OTHER`. */
const METHODS: ReadonlySet<string> = new Set("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split(" "));

const GENAI_LABELS = ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model"];

/** The conventions' names of operations (`gen_ai.operation.name`) where they are not the API's own. */
const OPERATIONS: ReadonlyMap<ApiName | undefined, string> = new Map([
  ["completions", "text_completion"],
  ["cohere-chat", "chat"],
]);

/** What the request metrics may be told beside the records. */
export interface RequestMetricsOptions {
  /** The conventions' name for a configured provider (`openai`, `anthropic`, `deepseek`, …); the provider's id when left out. */
  readonly providerName?: (id: string) => string;
}

/** Everything one combination of labels feeds, found with one look-up a request. */
interface Feeds {
  readonly http: HistogramSeries;
  readonly genai?: GenAIFeeds;
}

interface GenAIFeeds {
  readonly duration: HistogramSeries;
  readonly firstToken: HistogramSeries;
  readonly perToken: HistogramSeries;
  readonly input: HistogramSeries;
  readonly output: HistogramSeries;
  readonly tokens: Readonly<Record<TokenType, CounterSeries>>;
  /** Made with the first request whose price is known: a series that stands at zero would say that the model is free. */
  readonly cost: () => CounterSeries;
}

const TOKEN_TYPES = ["input", "output", "cached_input", "cache_write", "reasoning"] as const;
type TokenType = (typeof TOKEN_TYPES)[number];

/** More combinations than this and the look-up is built anew; the metrics themselves stay. */
const MAX_FEEDS = 20_000;
const MAX_KEY = 1024;

/** Of one request, more losses than this are not counted. */
const MAX_LOSSES = 1000;

/**
 * Turns access records into metrics with the OpenTelemetry names of HTTP servers and GenAI, in their Prometheus form. Every label is
 * bounded: a model's name counts as itself only once a provider answered for it, so that guessing names cannot fill the metrics.
 */
export class RequestMetrics implements Observer {
  readonly #families: Families;
  readonly #providerName: (id: string) => string;
  readonly #feeds = new Map<string, Feeds>();
  readonly #attempts = new Map<string, CounterSeries>();
  readonly #models = new BoundedNames(500);
  readonly #consumers = new BoundedNames(1000);
  readonly #lostFields = new BoundedNames(200);

  constructor(metrics: Metrics, { providerName = (id) => id }: RequestMetricsOptions = {}) {
    this.#families = familiesIn(metrics);
    this.#providerName = providerName;
  }

  done(record: AccessRecord): void {
    const feeds = this.#feedsOf(record);
    const seconds = ((record.endedAt ?? record.startedAt) - record.startedAt) / 1000;
    feeds.http.observe(seconds);
    if (feeds.genai !== undefined) observeGenAI(feeds.genai, record, seconds);
    for (const attempt of record.attempts) this.#attempt(attempt);
    for (const { field, kind } of record.losses.slice(0, MAX_LOSSES)) {
      const name = this.#lostFields.of(field.replace(/\[\d+\]/g, "[]"));
      this.#families.losses.with(record.protocol ?? "", record.upstreamProtocol ?? "", name, kind).add(1);
    }
  }

  #feedsOf(record: AccessRecord): Feeds {
    // A line break stands in none of the parts.
    const key = `${record.route}\n${record.method}\n${record.status}\n${record.fault}\n${record.provider}\n${record.modelAsked}\n${record.modelUsed}\n${record.consumer}\n${record.api}`;
    const known = this.#feeds.get(key);
    if (known !== undefined) return known;
    if (this.#feeds.size >= MAX_FEEDS) this.#feeds.clear();
    const made = this.#makeFeeds(record);
    // Not kept while a model counts as `other` for never having answered: it may answer later. Nor are names as long as only mischief has.
    if (key.length <= MAX_KEY && (record.status < 400 || this.#knows(record))) this.#feeds.set(key, made);
    return made;
  }

  #knows({ provider, modelAsked = "", modelUsed = "" }: AccessRecord): boolean {
    return provider === undefined || (this.#models.has(modelAsked) && this.#models.has(modelUsed));
  }

  #makeFeeds(record: AccessRecord): Feeds {
    const { method, route = "", status } = record;
    const error = record.fault ?? (status >= 500 ? String(status) : "");
    const http = this.#families.http.with(METHODS.has(method) ? method : "_OTHER", route, String(status), error);
    return record.provider === undefined ? { http } : { http, genai: this.#makeGenAI(record, record.provider, error) };
  }

  #makeGenAI(record: AccessRecord, provider: string, error: string): GenAIFeeds {
    const { modelAsked = "", modelUsed = "", consumer = "", status, route = "" } = record;
    const answered = status < 400;
    const labels = [
      OPERATIONS.get(record.api) ?? record.api ?? "chat",
      this.#providerName(provider),
      this.#models.of(modelAsked, answered),
      this.#models.of(modelUsed, answered),
    ];
    const { duration, firstToken, perToken, usage, tokens, cost } = this.#families;
    const who = [provider, labels[3]!, route, this.#consumers.of(consumer)];
    return {
      duration: duration.with(...labels, error),
      firstToken: firstToken.with(...labels),
      perToken: perToken.with(...labels),
      input: usage.with(...labels, "input"),
      output: usage.with(...labels, "output"),
      tokens: Object.fromEntries(TOKEN_TYPES.map((type) => [type, tokens.with(...who, type)])) as GenAIFeeds["tokens"],
      cost: () => cost.with(...who),
    };
  }

  #attempt({ upstream, status, fault }: Attempt): void {
    const refused = fault === "upstream_error" && status !== undefined;
    const outcome = fault === undefined || refused ? String(status ?? "unknown") : fault;
    const key = `${upstream}\n${outcome}`;
    let series = this.#attempts.get(key);
    if (series === undefined) this.#attempts.set(key, (series = this.#families.attempts.with(upstream, outcome)));
    series.add(1);
  }
}

function observeGenAI(feeds: GenAIFeeds, record: AccessRecord, seconds: number): void {
  const { usage, firstTokenAt, endedAt, startedAt } = record;
  feeds.duration.observe(seconds);
  if (record.cost !== undefined) feeds.cost().add(record.cost);
  if (record.status >= 400) return;
  if (record.stream === true && firstTokenAt !== undefined) {
    feeds.firstToken.observe((firstTokenAt - startedAt) / 1000);
    // The time of a token after the first one.
    if (usage !== undefined && usage.outputTokens > 1 && endedAt !== undefined) {
      feeds.perToken.observe((endedAt - firstTokenAt) / 1000 / (usage.outputTokens - 1));
    }
  }
  if (usage === undefined) return;
  const { tokens } = feeds;
  feeds.input.observe(usage.inputTokens);
  feeds.output.observe(usage.outputTokens);
  tokens.input.add(usage.inputTokens);
  tokens.output.add(usage.outputTokens);
  if (usage.cachedInputTokens !== undefined) tokens.cached_input.add(usage.cachedInputTokens);
  if (usage.cacheWriteTokens !== undefined) tokens.cache_write.add(usage.cacheWriteTokens);
  if (usage.reasoningTokens !== undefined) tokens.reasoning.add(usage.reasoningTokens);
}

interface Families {
  readonly http: Histogram;
  readonly duration: Histogram;
  readonly firstToken: Histogram;
  readonly perToken: Histogram;
  readonly usage: Histogram;
  readonly tokens: Counter;
  readonly cost: Counter;
  readonly attempts: Counter;
  readonly losses: Counter;
}

function familiesIn(metrics: Metrics): Families {
  return {
    http: metrics.histogram(
      "http_server_request_duration_seconds",
      "Time from a request's arrival to its last byte; http_route is the route's name.",
      ["http_request_method", "http_route", "http_response_status_code", "error_type"],
      BOUNDS.http,
    ),
    duration: metrics.histogram(
      "gen_ai_server_request_duration_seconds",
      "Time from a model request's arrival to its last byte.",
      [...GENAI_LABELS, "error_type"],
      BOUNDS.duration,
    ),
    firstToken: metrics.histogram(
      "gen_ai_server_time_to_first_token_seconds",
      "Time from a request's arrival to the first byte of its streamed answer.",
      GENAI_LABELS,
      BOUNDS.firstToken,
    ),
    perToken: metrics.histogram(
      "gen_ai_server_time_per_output_token_seconds",
      "Time of each output token after the first one, in streams.",
      GENAI_LABELS,
      BOUNDS.perToken,
    ),
    usage: metrics.histogram(
      "gen_ai_client_token_usage",
      "Tokens read and written, by request.",
      [...GENAI_LABELS, "gen_ai_token_type"],
      BOUNDS.tokens,
    ),
    tokens: metrics.counter("sluice_tokens_total", "Tokens by provider, model, route and consumer.", [
      "provider",
      "model",
      "route",
      "consumer",
      "type",
    ]),
    cost: metrics.counter(
      "sluice_cost_usd_total",
      "What requests cost in US dollars by the models' published prices; requests of models without one are not in it.",
      ["provider", "model", "route", "consumer"],
    ),
    attempts: metrics.counter(
      "sluice_upstream_attempts_total",
      "Tries at an upstream by outcome: its status, or what failed.",
      ["upstream", "outcome"],
    ),
    losses: metrics.counter("sluice_losses_total", "Request and answer fields the other protocol cannot say.", [
      "protocol",
      "upstream_protocol",
      "field",
      "kind",
    ]),
  };
}
