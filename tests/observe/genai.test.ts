import { describe, expect, test } from "bun:test";
import type { AccessRecord } from "#src/core/exchange.ts";
import { RequestMetrics, type RequestMetricsOptions } from "#src/observe/genai.ts";
import { Metrics } from "#src/observe/metrics.ts";
import { record } from "./records.ts";

/** The exposition after these records, as a look-up of one line's value by its beginning. */
function after(records: readonly AccessRecord[], options?: RequestMetricsOptions) {
  const metrics = new Metrics();
  const requests = new RequestMetrics(metrics, options);
  for (const one of records) requests.done(one);
  const text = metrics.expose();
  return {
    text,
    value: (series: string): string | undefined =>
      text
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1),
  };
}

const GENAI =
  'gen_ai_operation_name="chat",gen_ai_provider_name="anthropic",gen_ai_request_model="gpt-4o",gen_ai_response_model="claude-sonnet-4-5"';
const anthropic = { providerName: () => "anthropic" };

describe("a streamed request", () => {
  const { value } = after([record()], anthropic);

  test.each([
    [
      'http_server_request_duration_seconds_count{http_request_method="POST",http_route="chat",http_response_status_code="200",error_type=""}',
      "1",
    ],
    [`gen_ai_server_request_duration_seconds_sum{${GENAI},error_type=""}`, "1.060123456"],
    [`gen_ai_server_time_to_first_token_seconds_sum{${GENAI}}`, "0.06"],
    [`gen_ai_server_time_to_first_token_seconds_bucket{${GENAI},le="0.06"}`, "1"],
    [`gen_ai_server_time_to_first_token_seconds_bucket{${GENAI},le="0.04"}`, "0"],
    [`gen_ai_server_time_per_output_token_seconds_count{${GENAI}}`, "1"],
    [`gen_ai_client_token_usage_sum{${GENAI},gen_ai_token_type="input"}`, "100"],
    [`gen_ai_client_token_usage_sum{${GENAI},gen_ai_token_type="output"}`, "51"],
    [
      'sluice_tokens_total{provider="claude",model="claude-sonnet-4-5",route="chat",consumer="alice",type="cached_input"}',
      "10",
    ],
    [
      'sluice_tokens_total{provider="claude",model="claude-sonnet-4-5",route="chat",consumer="alice",type="cache_write"}',
      "5",
    ],
    [
      'sluice_tokens_total{provider="claude",model="claude-sonnet-4-5",route="chat",consumer="alice",type="reasoning"}',
      "7",
    ],
    ['sluice_upstream_attempts_total{upstream="claude",outcome="200"}', "1"],
  ])("%s is %s", (series, expected) => {
    expect(value(series)).toBe(expected);
  });

  test("the time of a token is that of those after the first", () => {
    const sum = value(`gen_ai_server_time_per_output_token_seconds_sum{${GENAI}}`);
    expect(Number(sum)).toBeCloseTo(1.000123456 / 50, 9);
  });
});

test("the provider's id stands for its name when nobody names it", () => {
  expect(after([record()]).text).toContain('gen_ai_provider_name="claude"');
});

test("what is not streamed has no time to its first token", () => {
  expect(
    after([record({ stream: false })], anthropic).value(`gen_ai_server_time_to_first_token_seconds_count{${GENAI}}`),
  ).toBe("0");
});

test("a request without a provider counts as HTTP only", () => {
  const { provider: _provider, usage: _usage, ...rest } = record({ route: "orders", attempts: [] });
  const { text } = after([rest]);
  expect(text).toContain('http_route="orders"');
  expect(text).not.toContain("gen_ai_operation_name=");
});

test("failures: the fault, each attempt, and no tokens", () => {
  const failed = record({
    status: 502,
    fault: "upstream_unreachable",
    attempts: [
      { upstream: "claude", status: 529 },
      { upstream: "claude", fault: "upstream_unreachable" },
      { upstream: "claude" },
    ],
  });
  const { value, text } = after([record(), failed], anthropic);
  expect(value(`gen_ai_server_request_duration_seconds_count{${GENAI},error_type="upstream_unreachable"}`)).toBe("1");
  expect(value(`gen_ai_client_token_usage_count{${GENAI},gen_ai_token_type="input"}`)).toBe("1");
  expect(value('sluice_upstream_attempts_total{upstream="claude",outcome="529"}')).toBe("1");
  expect(value('sluice_upstream_attempts_total{upstream="claude",outcome="upstream_unreachable"}')).toBe("1");
  expect(value('sluice_upstream_attempts_total{upstream="claude",outcome="unknown"}')).toBe("1");
  expect(text).toContain('http_response_status_code="502",error_type="upstream_unreachable"');
});

test("losses, their indices left out", () => {
  const losses = [0, 1].map((index) => ({
    field: `messages[${index}].content[3].citations`,
    kind: "dropped" as const,
  }));
  expect(
    after([record({ losses })]).value(
      'sluice_losses_total{protocol="openai-chat",upstream_protocol="anthropic-messages",field="messages[].content[].citations",kind="dropped"}',
    ),
  ).toBe("2");
});

describe("cost", () => {
  const series = 'sluice_cost_usd_total{provider="claude",model="claude-sonnet-4-5",route="chat",consumer="alice"}';

  test("adds up by provider, model, route and consumer", () => {
    expect(after([record({ cost: 0.25 }), record({ cost: 0.5 })]).value(series)).toBe("0.75");
  });

  test("a model without a price has no series, which would say that it is free", () => {
    expect(after([record()]).text).not.toContain("sluice_cost_usd_total{");
  });

  test("a model that is free has one", () => {
    expect(after([record({ cost: 0 })]).value(series)).toBe("0");
  });
});

test.each([
  [{}, "chat"],
  [{ api: "embeddings" }, "embeddings"],
  [{ api: "completions" }, "text_completion"],
  [{ api: "image-generation" }, "image-generation"],
] as const)("%j is the operation %s", (changes, operation) => {
  expect(after([record(), record(changes)]).text).toContain(`gen_ai_operation_name="${operation}"`);
});

describe("bounds", () => {
  test("names of models nobody answered for are one series", () => {
    const failed = Array.from({ length: 1000 }, (_, index) =>
      record({ status: 404, modelAsked: `guess-${index}`, modelUsed: `guess-${index}` }),
    );
    const { text } = after(failed);
    expect(text).not.toContain("guess-");
    expect(text).toContain('gen_ai_request_model="other"');
    expect(text.split("\n").length).toBeLessThan(200);
  });

  test("a model that failed first and answered later is told by its name from then on", () => {
    const failed = record({ status: 500, fault: "upstream_error" });
    const { value } = after([failed, record(), failed], anthropic);
    expect(value(`gen_ai_server_request_duration_seconds_count{${GENAI},error_type="upstream_error"}`)).toBe("1");
  });

  test("consumers, methods and lost fields are bounded as well", () => {
    const many = Array.from({ length: 1500 }, (_, index) =>
      record({ consumer: `c${index}`, method: `M${index}`, losses: [{ field: `rest.f${index}`, kind: "dropped" }] }),
    );
    const { text } = after(many);
    expect(text).toContain('http_request_method="_OTHER"');
    expect(text).not.toContain('http_request_method="M');
    expect(text).toContain('consumer="other"');
    expect(text.match(/^sluice_losses_total\{/gm)?.length).toBe(201);
  });
});
