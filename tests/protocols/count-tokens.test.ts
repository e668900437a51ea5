import { describe, expect, test } from "bun:test";
import type { ChatRequest, ContentPart } from "#src/core/chat.ts";
import { countTokens } from "#src/protocols/count-tokens.ts";

function asking(...content: ContentPart[]): ChatRequest {
  return { model: "m", stream: false, messages: [{ role: "user", content }] };
}

describe("countTokens", () => {
  test("counts words with the public vocabulary and a frame around each message", async () => {
    // "Hello world" is two tokens of o200k_base; 3 for the message, 3 for the answer.
    expect(await countTokens(asking({ type: "text", text: "Hello world" }))).toBe(8);
  });

  test("counts control words of the vocabulary as text", async () => {
    expect(await countTokens(asking({ type: "text", text: "<|endoftext|>" }))).toBeGreaterThan(7);
  });

  test("more of anything is more tokens", async () => {
    const bare = asking({ type: "text", text: "Hi" });
    const base = await countTokens(bare);
    const richer: ChatRequest[] = [
      { ...bare, messages: [{ role: "system", content: [{ type: "text", text: "Be brief." }] }, ...bare.messages] },
      { ...bare, tools: [{ type: "function", name: "now", description: "Tells the time.", inputSchema: {} }] },
      { ...bare, responseFormat: { type: "json-schema", schema: { type: "object" } } },
      asking(
        { type: "text", text: "Hi" },
        { type: "media", kind: "image", source: { type: "url", url: "https://a/b" } },
      ),
      asking({ type: "text", text: "Hi" }, { type: "native", protocol: "gemini", value: { a: 1 } }),
      asking({ type: "text", text: "Hi" }, { type: "reasoning", text: "", redacted: "AAAAAAAA" }),
    ];
    for (const request of richer) expect(await countTokens(request)).toBeGreaterThan(base);
  });

  test("a PDF counts by its size, an image by its detail", async () => {
    const pdf = (data: string): ContentPart => ({
      type: "media",
      kind: "document",
      source: { type: "base64", mediaType: "application/pdf", data },
    });
    const small = await countTokens(asking(pdf("AAAA")));
    expect(await countTokens(asking(pdf("A".repeat(140_000))))).toBe(small + 4000);
    const image = { type: "media", kind: "image", source: { type: "url", url: "https://a/b" } } as const;
    expect(await countTokens(asking(image))).toBeGreaterThan(await countTokens(asking({ ...image, detail: "low" })));
  });

  test("no messages are still a whole number of at least one", async () => {
    const count = await countTokens({ model: "m", stream: false, messages: [] });
    expect(Number.isInteger(count) && count >= 1).toBe(true);
  });

  test("a long run of one letter, and megabytes that are no words, are counted with little work", async () => {
    let calls = 0;
    let longest = 0;
    const encoder = {
      count(text: string): number {
        calls += 1;
        longest = Math.max(longest, text.length);
        return text.length / 4;
      },
      forget() {},
    };
    const native: ContentPart = { type: "native", protocol: "gemini", value: { data: "QUJD".repeat(1_000_000) } };
    const count = await countTokens(asking({ type: "text", text: "a".repeat(400_000) }, native), encoder);
    expect(count).toBeWithin(1_090_000, 1_110_000);
    expect(longest).toBeLessThan(500);
    expect(calls).toBeLessThan(1000);
  });
});
