import { describe, expect, test } from "bun:test";
import type { Codec } from "#src/core/codec.ts";
import { faultOf } from "#src/core/error-event.ts";
import { Fault, type FaultCode } from "#src/core/fault.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";

const decode: Codec["error"]["decode"] = (status, headers, body) => openaiChat.error.decode(status, headers, body);
const encode: Codec["error"]["encode"] = (fault, requestId) => openaiChat.error.encode(fault, requestId);
const none = new Headers();

describe("reading a provider's error", () => {
  const bodies: readonly (readonly [name: string, body: unknown, message: string, upstream?: JsonObject])[] = [
    [
      "OpenAI",
      { error: { message: "Bad model", type: "invalid_request_error", param: "model", code: "model_not_found" } },
      "Bad model",
      { protocol: "openai-chat", type: "invalid_request_error", param: "model", code: "model_not_found" },
    ],
    ["Ollama", { error: "model not loaded" }, "model not loaded"],
    ["OpenRouter", { error: { message: "Busy", code: 429, metadata: {} } }, "Busy", { code: "429" }],
    [
      "vLLM",
      { object: "error", message: "Too long", type: "BadRequestError", code: 400 },
      "Too long",
      { protocol: "openai-chat", type: "BadRequestError", code: "400" },
    ],
    [
      "Google",
      [{ error: { code: 400, message: "Bad key", status: "INVALID_ARGUMENT" } }],
      "Bad key",
      { type: "INVALID_ARGUMENT", code: "400" },
    ],
    ["a message", { message: "Nope" }, "Nope"],
    ["FastAPI", { detail: "Not Found" }, "Not Found"],
    [
      "FastAPI's validation",
      { detail: [{ loc: ["body", "messages", 0], msg: "field required" }] },
      "body.messages.0: field required",
    ],
    ["Cloudflare", { errors: [{ code: 7003, message: "No route" }] }, "No route", { code: "7003" }],
    ["plain text", "upstream connect error", "upstream connect error"],
    ["HTML", "<!doctype html><p>Bad gateway", "The provider answered with status 503."],
    ["nothing", "", "The provider answered with status 503."],
    ["null", null, "The provider answered with status 503."],
    ["no words", { error: { code: null } }, "The provider answered with status 503."],
  ];
  for (const [name, body, message, upstream] of bodies) {
    test(name, () => {
      const fault = decode(503, none, body);
      expect(fault.message).toBe(message);
      expect(fault.upstream as JsonObject | undefined).toEqual(upstream);
      expect({ code: fault.code, status: fault.status }).toEqual({ code: "upstream_error", status: 503 });
    });
  }

  test("a long text is cut short", () => {
    expect(decode(500, none, "word ".repeat(10_000)).message.length).toBeLessThan(3000);
  });

  test("a key in the provider's words is not passed on", () => {
    const fault = decode(401, none, { error: { message: "Incorrect API key provided: sk-proj-abcdefghijklmnop." } });
    expect(fault.message).not.toContain("abcdefghijklmnop");
  });

  test("when to come back", () => {
    const after = (headers: Record<string, string>): number | undefined =>
      decode(429, new Headers(headers), {}).retryAfter;
    expect(after({ "retry-after": "12" })).toBe(12);
    expect(after({ "retry-after": "12", "retry-after-ms": "1500" })).toBe(1.5);
    const date = "Wed, 21 Oct 2026 07:28:00 GMT";
    expect(after({ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date })).toBe(30);
    expect(after({ "retry-after": "Wed, 21 Oct 2026 07:00:00 GMT", date })).toBe(0);
    expect(after({ "retry-after": "soon" })).toBeUndefined();
    expect(after({})).toBeUndefined();
  });

  test("a request that is wrong is wrong for everybody", () => {
    const retryable = (status: number): boolean => decode(status, none, {}).retryable;
    expect([400, 413, 422].map(retryable)).toEqual([false, false, false]);
    expect([401, 403, 404, 429, 500, 529].every(retryable)).toBeTrue();
  });
});

describe("writing an error", () => {
  const cases: readonly (readonly [fault: Fault, error: JsonObject])[] = [
    [
      new Fault("invalid_request", "m", { param: "messages[0].role" }),
      { type: "invalid_request_error", param: "messages[0].role", code: null },
    ],
    [new Fault("unauthenticated", "m"), { type: "authentication_error", param: null, code: "invalid_api_key" }],
    [new Fault("model_not_found", "m"), { type: "invalid_request_error", code: "model_not_found" }],
    [new Fault("rate_limited", "m"), { type: "rate_limit_error", code: "rate_limit_exceeded" }],
    [new Fault("upstream_cut", "m"), { type: "server_error", code: "upstream_cut" }],
    [new Fault("upstream_error", "m", { status: 429 }), { type: "rate_limit_error", code: "rate_limit_exceeded" }],
    [
      new Fault("upstream_error", "m", { status: 429, upstream: { code: "insufficient_quota" } }),
      { type: "insufficient_quota", code: "insufficient_quota" },
    ],
    [
      new Fault("upstream_error", "m", { status: 529, upstream: { type: "overloaded_error" } }),
      { type: "server_error", code: "overloaded_error" },
    ],
    [
      new Fault("upstream_error", "m", { status: 404, upstream: { param: "model" } }),
      { type: "invalid_request_error", param: "model", code: null },
    ],
  ];
  for (const [fault, error] of cases) {
    test(`${fault.code} ${fault.status} ${fault.upstream?.type ?? fault.upstream?.code ?? ""}`, () => {
      expect(encode(fault, "req_1")).toMatchObject({ error: { message: "m", ...error } });
    });
  }

  const own: readonly (readonly [status: number, error: JsonObject])[] = [
    [400, { message: "m", type: "invalid_request_error", param: null, code: null }],
    [401, { message: "m", type: "invalid_request_error", param: null, code: "invalid_api_key" }],
    [404, { message: "m", type: "invalid_request_error", param: "model", code: "model_not_found" }],
    [429, { message: "m", type: "tokens", param: null, code: "rate_limit_exceeded" }],
    [500, { message: "m", type: "server_error", param: null, code: null }],
  ];
  for (const [status, error] of own) {
    test(`OpenAI's own ${status} stays as it is`, () => {
      expect(encode(decode(status, none, { error }), "r")).toEqual({ error });
    });
  }

  test("OpenAI's own error in a stream stays as it is", () => {
    const error = { message: "m", type: "server_error", param: null, code: null };
    const [event] = openaiChat.stream.decoder().step({ event: "", data: JSON.stringify({ error }) });
    if (event?.type !== "error") throw new Error("no error event");
    expect(openaiChat.error.frames(faultOf(event), "r")).toEqual([{ data: JSON.stringify({ error }) }]);
  });

  test("Claude's words are not OpenAI's", () => {
    const body = { type: "error", error: { type: "not_found_error", message: "m" } };
    expect(encode(anthropicMessages.error.decode(404, none, body), "r")).toEqual({
      error: { message: "m", type: "invalid_request_error", param: null, code: "not_found_error" },
    });
  });

  test("every code of Fault has a type", () => {
    const codes: readonly FaultCode[] = ["internal", "draining", "no_credential", "payload_too_large", "total_timeout"];
    for (const code of codes)
      expect(encode(new Fault(code, "m"), "r")).toMatchObject({ error: { type: expect.any(String) } });
  });
});
