import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { askClaude, askOpenAI, textOf, WAYS } from "#tests/support/ask.ts";
import { never } from "#tests/support/gate.ts";
import { BOTH } from "#tests/support/kinds.ts";
import { everyKind, openStage } from "#tests/support/stage.ts";
import { within } from "#tests/support/until.ts";
import { type Delivery, failing, text } from "#tests/support/upstream/script.ts";

const stage = await openStage(everyKind, { runtime: "deno" });
const { upstream, openai, claude } = stage;
const messages = [{ role: "user" as const, content: "Hi" }];

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

describe.each(BOTH.map((kind) => [kind.type] as const))("under Deno a %s provider", (type) => {
  test.each(WAYS)("answers both clients, %s", async (_name, streamed) => {
    upstream.serve(text("Grüße 雪", { gzip: !streamed }));
    const own = await askOpenAI(openai, { model: `${type}/x`, messages }, streamed);
    expect(own.choices[0]?.message.content).toBe("Grüße 雪");
    const other = await askClaude(claude, { model: `${type}/x`, max_tokens: 50, messages }, streamed);
    expect(textOf(other)).toBe("Grüße 雪");
    expect(upstream.refusals).toEqual([]);
  });

  test("fails as it does elsewhere", async () => {
    upstream.reply(failing(400, { message: "said by the vendor" }));
    const response = await stage.post("/v1/messages", { model: `${type}/x`, max_tokens: 5, messages });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });

  const moments: readonly (readonly [string, Delivery])[] = [
    ["before the headers", { beforeHeaders: never }],
    ["before the first token", { beforeBody: never }],
    ["in the middle", { hold: { afterFrames: 1, until: never } }],
  ];
  // More than the 300 bytes up to which Deno notices a client that leaves early.
  const long = [{ role: "user" as const, content: "a long question ".repeat(200) }];

  test.each(moments)("loses its request when the client leaves %s", async (_moment, delivery) => {
    for (const streamed of [false, true]) {
      upstream.reply(text("one two three four", delivery));
      const leaving = new AbortController();
      const body = { model: `${type}/x`, stream: streamed, messages: long };
      const reading = stage
        .post("/v1/chat/completions", body, { signal: leaving.signal })
        .then(async (response) => response.text())
        .catch(() => "left");
      const request = await within("the upstream's request", upstream.next());
      leaving.abort();
      await within("the upstream's abort", request.aborted);
      await reading;
    }
  });
});

test("SIGTERM ends it well", async () => {
  const other = await openStage(everyKind, { runtime: "deno" });
  try {
    other.gateway.signal("SIGTERM");
    expect(await within("the end", other.gateway.exited)).toBe(0);
    expect(other.gateway.stderr.text).not.toMatch(/unhandled|uncaught|TypeError/i);
  } finally {
    await other.close();
  }
});
