import { describe, expect, test } from "bun:test";
import { Fault, type FaultCode } from "#src/core/fault.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";

const codec = anthropicMessages.error;

describe("decode", () => {
  test("Claude's own shape", () => {
    const body = { type: "error", error: { type: "rate_limit_error", message: "Slow down." }, request_id: "req_1" };
    expect(codec.decode(429, new Headers({ "retry-after": "7" }), body)).toMatchObject({
      code: "upstream_error",
      status: 429,
      message: "Slow down.",
      retryAfter: 7,
      retryable: true,
      upstream: { type: "rate_limit_error" },
    });
  });

  test("details name the error more exactly", () => {
    const error = {
      type: "invalid_request_error",
      message: "m",
      details: { error_code: "image_dimensions_too_large" },
    };
    expect(codec.decode(400, new Headers(), { type: "error", error }).upstream).toEqual({
      type: "invalid_request_error",
      code: "image_dimensions_too_large",
    });
  });

  const bodies: [unknown, string][] = [
    [{ error: "no such model" }, "no such model"],
    [{ message: "bad" }, "bad"],
    [{ detail: "missing" }, "missing"],
    ["upstream connect error", "upstream connect error"],
    ["<html><body>502</body></html>", "The provider answered with status 502."],
    ["", "The provider answered with status 502."],
    [null, "The provider answered with status 502."],
    [undefined, "The provider answered with status 502."],
    [{}, "The provider answered with status 502."],
    [[1], "The provider answered with status 502."],
    [{ error: { type: 5, message: 6 } }, "The provider answered with status 502."],
  ];
  test.each(bodies)("%j", (body, message) => {
    expect(codec.decode(502, new Headers(), body)).toMatchObject({ code: "upstream_error", status: 502, message });
  });

  test("what looks like a key is not shown", () => {
    const message = "invalid x-api-key: sk-ant-api03-abcdefgh12345678";
    expect(codec.decode(401, new Headers(), { error: { message } }).message).not.toContain("abcdefgh");
  });

  test("the request's own faults are not retried", () => {
    for (const status of [400, 404, 413, 422]) expect(codec.decode(status, new Headers(), {}).retryable).toBe(false);
    for (const status of [401, 402, 403, 429, 500, 529])
      expect(codec.decode(status, new Headers(), {}).retryable).toBe(true);
  });
});

describe("encode", () => {
  const codes: [FaultCode, string][] = [
    ["invalid_request", "invalid_request_error"],
    ["lossy_conversion", "invalid_request_error"],
    ["unauthenticated", "authentication_error"],
    ["permission_denied", "permission_error"],
    ["route_not_found", "not_found_error"],
    ["model_not_found", "not_found_error"],
    ["method_not_allowed", "invalid_request_error"],
    ["payload_too_large", "request_too_large"],
    ["rate_limited", "rate_limit_error"],
    ["internal", "api_error"],
    ["upstream_unreachable", "api_error"],
    ["upstream_garbage", "api_error"],
    ["upstream_cut", "api_error"],
    ["no_credential", "overloaded_error"],
    ["draining", "overloaded_error"],
    ["connect_timeout", "timeout_error"],
    ["total_timeout", "timeout_error"],
  ];
  test.each(codes)("%s", (code, type) => {
    expect(codec.encode(new Fault(code, "Message."), "req_1")).toEqual({
      type: "error",
      error: { type, message: "Message." },
      request_id: "req_1",
    });
  });

  const upstream: [number, string | undefined, string][] = [
    [400, undefined, "invalid_request_error"],
    [402, "insufficient_quota", "billing_error"],
    [403, "access_terminated", "permission_error"],
    [422, undefined, "invalid_request_error"],
    [429, "requests", "rate_limit_error"],
    [500, "server_error", "api_error"],
    [502, undefined, "api_error"],
    [503, undefined, "overloaded_error"],
    [529, undefined, "overloaded_error"],
    [400, "billing_error", "billing_error"],
    [400, "constructor", "invalid_request_error"],
  ];
  test.each(upstream)("a provider's %d %s", (status, type, expected) => {
    const fault = new Fault("upstream_error", "m", { status, upstream: type === undefined ? {} : { type } });
    expect(codec.encode(fault, "r")).toMatchObject({ error: { type: expected } });
  });

  test("a stream ends with one error frame", () => {
    const fault = new Fault("upstream_cut", "Cut.");
    expect(codec.frames(fault, "req_1")).toEqual([
      { event: "error", data: JSON.stringify(codec.encode(fault, "req_1")) },
    ]);
  });
});
