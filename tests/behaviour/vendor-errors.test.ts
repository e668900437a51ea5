import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import { BOTH, providerOf, routeOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { failing } from "#tests/support/upstream/script.ts";

// Credentials do not rest here: each test finds its provider as the one before did.
const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream, { failover: { enabled: false } })),
  routes: BOTH.map((kind) => routeOf(kind)),
}));
const { upstream, openai, claude } = stage;

const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

const CLASSES: readonly (readonly [
  status: number,
  keyof typeof OpenAI & keyof typeof Anthropic,
  claudeType: string,
])[] = [
  [400, "BadRequestError", "invalid_request_error"],
  [401, "AuthenticationError", "authentication_error"],
  [403, "PermissionDeniedError", "permission_error"],
  [404, "NotFoundError", "not_found_error"],
  [429, "RateLimitError", "rate_limit_error"],
  [500, "InternalServerError", "api_error"],
  [503, "InternalServerError", "overloaded_error"],
];

describe.each(BOTH.map((kind) => [kind.type] as const))("an error of a %s provider", (type) => {
  describe.each(WAYS)("%s", (_name, streamed) => {
    test.each(CLASSES)("with status %d is OpenAI's %s", async (status, name) => {
      upstream.serve(failing(status, { message: "said by the vendor" }));
      const thrown = await thrownBy(askOpenAI(openai, { model: `${type}/x`, messages }, streamed));
      expect(thrown).toBeInstanceOf(OpenAI[name] as never);
      expect(thrown).toMatchObject({ status });
      expect(String(thrown)).toContain("said by the vendor");
    });

    test.each(CLASSES)("with status %d is Anthropic's %s", async (status, name, claudeType) => {
      const claudeWord = type === "claude" ? { type: claudeType } : {};
      upstream.serve(failing(status, { message: "said by the vendor", ...claudeWord }));
      const thrown = await thrownBy(askClaude(claude, { model: `${type}/x`, max_tokens: 5, messages }, streamed));
      expect(thrown).toBeInstanceOf(Anthropic[name] as never);
      if (!(thrown instanceof Anthropic.APIError)) throw thrown;
      expect(thrown.status).toBe(status);
      expect(thrown.error).toMatchObject({ type: "error", error: { type: claudeType } });
      expect(String(thrown)).toContain("said by the vendor");
    });
  });

  test("keeps its retry-after and gets a request id", async () => {
    upstream.serve(failing(429, { headers: { "retry-after": "17" } }));
    const thrown = await thrownBy(openai.chat.completions.create({ model: `${type}/x`, messages }));
    if (!(thrown instanceof OpenAI.RateLimitError)) throw thrown;
    expect(thrown.headers?.get("retry-after")).toBe("17");
    expect(thrown.requestID).toBeString();
    const other = await thrownBy(claude.messages.create({ model: `${type}/x`, max_tokens: 5, messages }));
    if (!(other instanceof Anthropic.RateLimitError)) throw other;
    expect(other.headers.get("retry-after")).toBe("17");
    expect(other.headers.get("x-request-id")).toBeString();
  });

  test.each([
    ["99999999999", "86400"],
    ["Fri, 31 Dec 9999 23:59:59 GMT", "86400"],
    ["-5", null],
    ["soon", null],
  ])("tells a retry-after of %p as %p", async (said, told) => {
    upstream.serve(failing(429, { headers: { "retry-after": said } }));
    const thrown = await thrownBy(openai.chat.completions.create({ model: `${type}/x`, messages }));
    if (!(thrown instanceof OpenAI.RateLimitError)) throw thrown;
    expect(thrown.headers?.get("retry-after") ?? null).toBe(told);
  });
});

test("an overloaded Claude provider is named so to Claude's client and keeps its status for OpenAI's", async () => {
  upstream.serve(failing(529));
  const own = await thrownBy(claude.messages.create({ model: "claude/x", max_tokens: 5, messages }));
  if (!(own instanceof Anthropic.APIError)) throw own;
  expect(own.status).toBe(529);
  expect(own.error).toMatchObject({ error: { type: "overloaded_error" } });
  const other = await thrownBy(openai.chat.completions.create({ model: "claude/x", messages }));
  expect(other).toMatchObject({ status: 529 });
});

test("an error body that is not JSON keeps its status", async () => {
  upstream.serve({ status: 502, body: "<html>bad gateway</html>", contentType: "text/html" });
  expect(await thrownBy(openai.chat.completions.create({ model: "claude/x", messages }))).toMatchObject({
    status: 502,
  });
  expect(await thrownBy(claude.messages.create({ model: "openai/x", max_tokens: 5, messages }))).toMatchObject({
    status: 502,
  });
});
