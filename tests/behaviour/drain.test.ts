import { afterEach, expect, test } from "bun:test";
import { gate, never } from "#tests/support/gate.ts";
import { openStage, type Stage } from "#tests/support/stage.ts";
import { until, within } from "#tests/support/until.ts";
import { text } from "#tests/support/upstream/script.ts";

const messages = [{ role: "user" as const, content: "Hi" }];
let stage: Stage;

afterEach(() => stage.close());

/** Whether a new request finds a closed port or is refused. */
async function refused(): Promise<boolean> {
  const headers = { connection: "close" };
  const answer = stage.post("/v1/chat/completions", { model: "openai/x", messages }, { headers });
  return answer.then(
    (response) => response.status === 503,
    () => true,
  );
}

test("an open stream finishes after SIGTERM, new requests are refused, and the process ends well", async () => {
  stage = await openStage();
  const { openai, gateway, upstream } = stage;
  const held = gate();
  upstream.reply(text("one two three four", { hold: { afterFrames: 3, until: held.opened } }));
  const stream = await openai.chat.completions.create({ model: "openai/x", messages, stream: true });
  const reader = stream[Symbol.asyncIterator]();
  let said = (await reader.next()).value?.choices[0]?.delta.content ?? "";
  gateway.signal("SIGTERM");
  await until("new requests are refused", refused);
  held.open();
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
    said += next.value.choices[0]?.delta.content ?? "";
  }
  expect(said).toBe("one two three four");
  expect(await within("the end", gateway.exited)).toBe(0);
  expect(gateway.logs.some(({ stream: streamed, status }) => streamed === true && status === 200)).toBe(true);
});

test("without requests under way SIGTERM ends the process at once, idle connections or not", async () => {
  stage = await openStage();
  await stage.openai.chat.completions.create({ model: "openai/x", messages });
  stage.gateway.signal("SIGTERM");
  expect(await within("the end", stage.gateway.exited)).toBe(0);
});

test("a second signal ends it although a stream is open", async () => {
  stage = await openStage();
  const { openai, gateway, upstream } = stage;
  upstream.reply(text("one two three", { hold: { afterFrames: 3, until: never } }));
  const stream = await openai.chat.completions.create({ model: "openai/x", messages, stream: true });
  const reading = Array.fromAsync(stream).catch(() => "cut");
  gateway.signal("SIGTERM");
  await until("new requests are refused", refused);
  gateway.signal("SIGTERM");
  await within("the end", gateway.exited);
  await reading;
  await within("the upstream's abort", upstream.requests[0]?.aborted ?? never);
});
