import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { gate, never } from "#tests/support/gate.ts";
import { BOTH } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { within } from "#tests/support/until.ts";
import { type Delivery, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, gateway } = stage;

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

const MOMENTS: readonly (readonly [moment: string, delivery: (streamed: boolean) => Delivery])[] = [
  ["before the headers", () => ({ beforeHeaders: never })],
  ["before the first token", () => ({ beforeBody: never })],
  ["in the middle", (streamed) => ({ hold: { afterFrames: streamed ? 3 : 1, until: never } })],
];

const PATHS: readonly (readonly [path: string, more: JsonObject])[] = [
  ["/v1/chat/completions", {}],
  ["/v1/messages", { max_tokens: 50 }],
];

describe.each(BOTH.map((kind) => [kind.type] as const))("a client of a %s provider", (type) => {
  describe.each(PATHS)("%s", (path, more) => {
    describe.each([false, true])("streamed: %p", (streamed) => {
      test.each(MOMENTS)("that leaves %s takes the upstream's request with it", async (moment, delivery) => {
        upstream.reply(text("one two three four", delivery(streamed)));
        const leaving = new AbortController();
        const begun = gate();
        const body = { model: `${type}/x`, stream: streamed, messages: [{ role: "user", content: "Hi" }], ...more };
        const reading = stage
          .post(path, body, { signal: leaving.signal })
          .then(async (response) => {
            for await (const _bytes of response.body ?? []) begun.open();
          })
          .catch(() => "left");
        const request = await within("the upstream's request", upstream.next());
        if (streamed && moment === "in the middle") await within("the answer's first bytes", begun.opened);
        leaving.abort();
        await within("the upstream's abort", request.aborted);
        await reading;
      });
    });
  });
});

test("a body of many bytes makes no difference before the headers", async () => {
  upstream.reply(text("late", { beforeHeaders: never }));
  const leaving = new AbortController();
  const content = "many words ".repeat(50_000);
  const body = { model: "openai/x", messages: [{ role: "user", content }] };
  const reading = stage.post("/v1/chat/completions", body, { signal: leaving.signal }).catch(() => "left");
  const request = await within("the upstream's request", upstream.next());
  leaving.abort();
  await within("the upstream's abort", request.aborted);
  await reading;
});

test("each is one line in the access log, and no noise beside it", async () => {
  upstream.reply(text("late", { beforeHeaders: never }));
  const leaving = new AbortController();
  const body = { model: "openai/logged", messages: [{ role: "user", content: "Hi" }] };
  const reading = stage.post("/v1/chat/completions", body, { signal: leaving.signal }).catch(() => "left");
  await within("the upstream's request", upstream.next());
  leaving.abort();
  await reading;
  const line = await gateway.stdout.find("the line", (text_) => (text_.includes("openai/logged") ? text_ : undefined));
  expect(JSON.parse(line)).toMatchObject({ fault: "client_closed", status: 499 });
  expect(gateway.stderr.text).not.toMatch(/abort|unhandled|TypeError/i);
});
