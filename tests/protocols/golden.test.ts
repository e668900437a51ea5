/** The golden matrix is what the codecs do. Other than expected: `bun tests/protocols/golden.ts --update`, and read the difference. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatResponse } from "#src/core/chat.ts";
import { type ClientProtocol, PROTOCOLS } from "#src/core/protocol.ts";
import { codecFor } from "#src/protocols/index.ts";
import { decodeStream, sseEvents } from "#tests/contracts/codec.ts";
import type { Answer } from "#tests/support/upstream/script.ts";
import { concerns, fileOf, PAIRS, present, urlOf } from "./golden.ts";
import type { GoldenCase } from "./golden/case.ts";
import { CASES } from "./golden/cases/index.ts";
import { answerOf, streamBytes, streamOf } from "./golden/convert.ts";
import { render } from "./golden/render.ts";

const files = CASES.flatMap((golden) =>
  PAIRS.filter((pair) => concerns(golden, pair)).map((pair) => fileOf(golden, pair)),
);

test("there is a file for every case and pair, and no other", () => {
  expect(present()).toEqual(files.toSorted());
});

function answerFor({ answer, answers }: GoldenCase, upstream: ClientProtocol): Answer | undefined {
  return answers?.[upstream] ?? answer;
}

describe.each(CASES.map((golden) => [golden.name, golden] as const))("%s", (_, golden) => {
  const pairs = PAIRS.filter((pair) => concerns(golden, pair)).map(
    (pair) => [pair.client, pair.upstream, pair] as const,
  );

  test.each(pairs)("from %s to %s is as the file says", (_client, _upstream, pair) => {
    expect(render(golden, pair)).toBe(readFileSync(urlOf(fileOf(golden, pair)), "utf8"));
  });

  // Each byte is a cut for one client in turn, since every cut for everyone would take a quarter of a minute.
  test.each(PROTOCOLS)("streams of %s are the same for every client, cut at any byte", (upstream) => {
    const answer = answerFor(golden, upstream);
    const clients = pairs.flatMap(([, , pair]) => (pair.upstream === upstream ? [pair] : []));
    if (answer === undefined) return;
    const bytes = streamBytes(golden, answer, upstream);
    const whole = clients.map((pair) => streamOf(golden, bytes, pair, [bytes.length]).text);
    for (const [index, pair] of clients.entries()) {
      for (let at = 1 + index; at < bytes.length; at += clients.length) {
        const { text } = streamOf(golden, bytes, pair, [at, bytes.length]);
        if (text !== whole[index]) throw new Error(`cut at byte ${at} for ${pair.client}`);
      }
      for (const size of [1, 2, 3, 7]) expect(streamOf(golden, bytes, pair, [size]).text).toBe(whole[index] ?? "");
    }
  });

  test.each(pairs)("from %s to %s says the same streamed and whole", (_client, _upstream, pair) => {
    const answer = answerFor(golden, pair.upstream);
    if (answer === undefined || golden.failures !== undefined) return;
    const bytes = streamBytes(golden, answer, pair.upstream);
    const { text, losses } = streamOf(golden, bytes, pair, [bytes.length]);
    const sent = new TextEncoder().encode(text);
    const streamed = fold(decodeStream(codecFor(pair.client), sseEvents(sent, [sent.length])));
    const { value, losses: wholeLosses } = answerOf(golden, answer, pair);
    expect(comparable(streamed)).toEqual(comparable(fold(codecFor(pair.client).response.decode(value))));
    expect(new Set(losses.map(({ kind }) => kind))).toEqual(new Set(wholeLosses.map(({ kind }) => kind)));
  });
});

/** An answer without the ids of its whole and of its items, which each has its own. */
function comparable({ id: _id, rest: _rest, ...answer }: ChatResponse): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/chatcmpl-Cfake(?:Whole|Stream)/g, "id"));
}
