import { expect, test } from "bun:test";
import { array, assert, property, string } from "fast-check";
import { nearest } from "#config/suggest.ts";

const KEYS = ["id", "type", "apiTokens", "baseUrl", "modelMapping", "failover", "timeouts"];

test.each([
  ["apiToken", "apiTokens"],
  ["api_tokens", "apiTokens"],
  ["APITOKENS", "apiTokens"],
  ["apiKey", "apiTokens"],
  ["tpye", "type"],
  ["base-url", "baseUrl"],
  ["url", "baseUrl"],
  ["modelMaping", "modelMapping"],
  ["timeout", "timeouts"],
  ["fail_over", "failover"],
  ["weather", undefined],
  ["constructor", undefined],
  ["", undefined],
])("%s", (written, meant) => expect(nearest(written, KEYS)).toBe(meant));

test("a known word is its own nearest, and others answer a known word or nothing", () => {
  assert(
    property(string(), array(string({ minLength: 1 })), (written, known) => {
      const answer = nearest(written, known);
      expect(answer === undefined || known.includes(answer)).toBe(true);
      if (known.includes(written) && /[^-_ ]/.test(written) && written.length <= 64) expect(answer).toBeDefined();
    }),
  );
});
