import { expect, test } from "bun:test";
import { createAwsEventDecoder } from "#src/core/aws-event-stream.ts";
import { TEXT } from "#tests/protocols/bedrock-converse/fixtures.ts";
import { awsStream } from "#tests/support/aws-stream.ts";
import { json, setUp } from "./set-up.ts";

const PATH = "/model/my-nova/converse-stream";
const EVENTS = { "content-type": "application/vnd.amazon.eventstream" };

/** A stream that breaks once its bytes were taken. */
function breaking(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const chunks = [bytes];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.error(new Error("connection reset"));
      else controller.enqueue(chunk);
    },
  });
}

test("a stream of Bedrock's that breaks ends with an exception in its own framing", async () => {
  const first = TEXT.events.slice(0, 2);
  const stage = setUp({ answer: () => new Response(breaking(awsStream(first)), { headers: EVENTS }) });
  const { response, exchange } = await stage.ask(PATH, json({ messages: [] }));
  expect(stage.seen[0]?.url).toBe("https://p.test/bedrock-runtime:converse-stream");
  const events = createAwsEventDecoder({ maxEventBytes: 1e6 }).push(await response.bytes());
  expect(events.map(({ event }) => event)).toEqual([...first.map(([name]) => name), "internalServerException"]);
  expect(JSON.parse(events.at(-1)?.data ?? "")).toEqual({
    message: "The connection to the provider 'p' broke before its answer was complete.",
  });
  expect(exchange.record).toMatchObject({ fault: "upstream_cut", stream: true, modelAsked: "my-nova" });
});

test("its usage is read on the way, and what cannot be read stops nothing", async () => {
  const bytes = awsStream(TEXT.events);
  const good = setUp({ answer: () => new Response(bytes, { headers: EVENTS }) });
  const read = await good.ask(PATH, json({ messages: [] }));
  expect(await read.response.bytes()).toEqual(bytes);
  expect(read.exchange.record.usage).toEqual({ inputTokens: 30, outputTokens: 12 });

  const broken = bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte));
  const bad = setUp({ answer: () => new Response(broken, { headers: EVENTS }) });
  const unread = await bad.ask(PATH, json({ messages: [] }));
  expect(await unread.response.bytes()).toEqual(broken);
  expect(unread.exchange.record.usage).toBeUndefined();
});
