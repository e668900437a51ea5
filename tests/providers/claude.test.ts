import { expect, test } from "bun:test";
import { claude } from "#providers/claude.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

describeProvider({
  definition: claude,
  urls: {
    "chat anthropic-messages": "https://api.anthropic.com/v1/messages",
    "models anthropic-messages": "https://api.anthropic.com/v1/models",
    "count-tokens anthropic-messages": "https://api.anthropic.com/v1/messages/count_tokens",
    "message-batches anthropic-messages": "https://api.anthropic.com/v1/messages/batches",
    "files anthropic-messages": "https://api.anthropic.com/v1/files",
    "complete anthropic-messages": "https://api.anthropic.com/v1/complete",
  },
  headers: { "anthropic-messages": { "x-api-key": "$SECRET", "anthropic-version": "2023-06-01" } },
  keyless: false,
  addresses: [
    [{ baseUrl: "https://api.anthropic.com" }, "https://api.anthropic.com/v1/messages"],
    [{ baseUrl: "https://api.anthropic.com/v1" }, "https://api.anthropic.com/v1/messages"],
    [{ baseUrl: "https://proxy.example/anthropic/" }, "https://proxy.example/anthropic/v1/messages"],
    [{ baseUrl: "http://127.0.0.1:9999" }, "http://127.0.0.1:9999/v1/messages"],
  ],
});

test.each([
  [{ claudeVersion: "2024-01-01", apiVersion: "2023-01-01" }, "2024-01-01"],
  [{ apiVersion: "2023-01-01" }, "2023-01-01"],
])("the version is configurable: %j", async (options, version) => {
  const headers = new Headers();
  await configure(claude, { options }).authorize(headers, undefined, call("anthropic-messages"));
  expect(headers.get("anthropic-version")).toBe(version);
});

test("a version that is no date is refused", () => {
  expect(() => configure(claude, { options: { claudeVersion: "latest" } })).toThrow();
});

test.each([
  ["claude-opus-4-8", 128_000],
  ["claude-sonnet-5-5", 128_000],
  ["claude-opus-4-5-20251101", 64_000],
  ["claude-opus-4-1-20250805", 32_000],
  ["claude-sonnet-4-20250514", 64_000],
  ["claude-sonnet-4-6", 128_000],
  ["claude-haiku-4-5", 64_000],
  ["claude-3-5-haiku-latest", 8192],
  ["claude-3-haiku-20240307", 4096],
  ["claude-next", undefined],
])("the output limit of %s is %p", (model, limit) => {
  expect(configure(claude).limits(model).maxOutputTokens).toBe(limit as number);
});
