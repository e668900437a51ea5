import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { BOTH } from "#tests/support/kinds.ts";
import { openStage } from "#tests/support/stage.ts";
import { until, within } from "#tests/support/until.ts";
import { anthropicFrames } from "#tests/support/upstream/anthropic-answer.ts";
import { FLAVOURS } from "#tests/support/upstream/flavour.ts";
import { openaiFrames } from "#tests/support/upstream/openai-answer.ts";
import type { Answer } from "#tests/support/upstream/script.ts";

const GIGABYTE = 2 ** 30;
/** What sockets on the way may hold, and a margin; the issue's own bound for the gateway's growth is 32 MB. */
const TAKEN = 64 * 2 ** 20;
const GROWTH = 64 * 2 ** 20;

const stage = await openStage();
const { upstream, gateway } = stage;

beforeEach(() => upstream.reset());
afterAll(() => stage.close());

/** A stream of about a gigabyte whose middle is one frame over and over; `count` tells how many bytes were asked for. */
function endless(type: string): { body: AsyncGenerator<Uint8Array>; count: () => number } {
  const answer: Answer = { parts: [{ type: "text", text: "snow ".repeat(2000) }] };
  const flavour = FLAVOURS.openai;
  if (flavour === undefined) throw new Error("no flavour");
  const frames = type === "claude" ? anthropicFrames(answer, "m") : openaiFrames(answer, "m", false, flavour);
  const head = new TextEncoder().encode(frames.slice(0, 3).join(""));
  const middle = new TextEncoder().encode(frames.slice(3, -4).join(""));
  let taken = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    yield head;
    for (; taken < GIGABYTE; taken += middle.length) yield middle;
  }
  return { body: body(), count: () => taken };
}

describe.each(BOTH.map((kind) => [kind.type] as const))("a gigabyte of a %s provider", (type) => {
  test.each(["/v1/chat/completions", "/v1/messages"])("waits for a client of %s that does not read", async (path) => {
    const { body, count } = endless(type);
    upstream.reply({ body, contentType: "text/event-stream" });
    const before = gateway.memory();
    const client = reading(path, type);
    await within("the request", upstream.next());
    await until("nothing is taken any more", () => stands(count));
    expect(count()).toBeLessThan(TAKEN);
    expect(gateway.memory() - before).toBeLessThan(GROWTH);
    client.destroy();
    await within("the upstream's abort", upstream.last.aborted);
  });
});

/** Sends a request and takes none of its answer. */
function reading(path: string, type: string): ReturnType<typeof connect> {
  const { hostname, port } = new URL(gateway.origin);
  const body = JSON.stringify({
    model: `${type}/x`,
    max_tokens: 9,
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
  });
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: gateway",
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  const client = connect(Number(port), hostname);
  client.pause();
  client.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  client.on("error", () => {});
  return client;
}

/** Whether a count has begun and stays the same over many turns of the loop. */
async function stands(count: () => number): Promise<boolean> {
  const before = count();
  for (let turn = 0; turn < 60; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (count() !== before) return false;
  }
  return before > 0;
}
