import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { callsOf } from "#tests/support/ask.ts";
import { BOTH, providerOf } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";

// The names asked for are the providers' own here, so that the model `odd` of the answer is the only strange one.
const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream)),
  routes: BOTH.map(({ type }) => ({
    name: type,
    match: { models: [`${type}/*`] },
    ai: { upstreams: [{ provider: type }] },
  })),
}));
const { upstream, openai, claude } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

function fixture(name: string): string {
  return readFileSync(join(import.meta.dir, "../fixtures/upstream", name), "utf8");
}

async function* bytewise(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

const STREAMS: readonly (readonly [file: string, type: string])[] = [
  ["openai-name-then-id.sse", "openai"],
  ["openai-whole-calls.sse", "openai"],
  ["anthropic-repeated-start.sse", "claude"],
];

describe.each(STREAMS)("the stream %s", (file, type) => {
  describe.each([
    ["as it is", (text: string) => text, false],
    ["with CR LF", (text: string) => text.replaceAll("\n", "\r\n"), false],
    ["byte by byte", (text: string) => text, true],
  ] as const)("%s", (_name, change, drip) => {
    test("is read by OpenAI's client", async () => {
      upstream.reply({ body: bytewise(change(fixture(file))), contentType: "text/event-stream", drip });
      const params = { model: `${type}/x`, messages, stream_options: { include_usage: true } };
      const answer = await openai.chat.completions.stream(params).finalChatCompletion();
      expect(callsOf(answer).map(({ name }) => name)).toEqual(["weather", "now"]);
      expect(JSON.parse(callsOf(answer)[0]?.input ?? "")).toEqual({ city: "Bern" });
      expect(callsOf(answer)[0]?.id).toBe("call_late");
      expect(answer.choices[0]?.finish_reason).toBe("tool_calls");
    });

    // What Anthropic's own client makes of a stream that begins twice is not the gateway's: the bytes are left alone.
    if (type === "claude") return;
    test("is read by Anthropic's client", async () => {
      upstream.reply({ body: bytewise(change(fixture(file))), contentType: "text/event-stream", drip });
      const answer = await claude.messages.stream({ model: `${type}/x`, max_tokens: 50, messages }).finalMessage();
      const calls = answer.content.filter((block) => block.type === "tool_use");
      expect(calls.map(({ id, name, input }) => [id, name, input])).toEqual([
        ["call_late", "weather", { city: "Bern" }],
        ["call_now", "now", {}],
      ]);
      expect(answer.stop_reason).toBe("tool_use");
      expect(answer.usage).toMatchObject({ input_tokens: 12, output_tokens: 5 });
    });
  });
});
