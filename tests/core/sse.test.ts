import { describe, expect, test } from "bun:test";
import { createParser } from "eventsource-parser";
import { array, assert, constantFrom, nat, property, string, uint8Array } from "fast-check";
import { Fault } from "#src/core/fault.ts";
import { createSseDecoder, formatSse, type SseEvent } from "#src/core/sse.ts";

const encoder = new TextEncoder();

function decodeAll(chunks: readonly Uint8Array[], maxEventBytes = 1e6): SseEvent[] {
  const decoder = createSseDecoder({ maxEventBytes });
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

const decodeText = (text: string): SseEvent[] => decodeAll([encoder.encode(text)]);

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

function reference(bytes: Uint8Array): SseEvent[] {
  const out: SseEvent[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => out.push({ event: event ?? "", data }) });
  parser.feed(new TextDecoder("utf-8").decode(bytes));
  return out;
}

// A lone CR at the very end of what was fed waits in eventsource-parser for its LF; the blank line of LFs settles it.
const settled = (text: string): Uint8Array => encoder.encode(`${text}\n\n`);

const line = constantFrom(
  "data: {}",
  "data:x",
  "data",
  "data:",
  "data:  two",
  "data: é😀",
  "event: ping",
  "event:",
  "event",
  ": keep",
  ":",
  "id: 1",
  "database: no",
  "events: no",
  "retry: 5",
  "",
  "",
  "junk",
);
const stream = array(
  array(constantFrom("\n", "\r", "\r\n"), { minLength: 1, maxLength: 2 }).map((ends) => ends.join("")),
).chain((ends) =>
  array(line, { minLength: ends.length, maxLength: ends.length }).map((lines) =>
    lines.map((l, i) => l + ends[i]).join(""),
  ),
);

describe("the decoder", () => {
  test("agrees with eventsource-parser however the bytes are cut", () => {
    assert(
      property(stream, array(nat()), (text, places) => {
        const bytes = settled(text);
        expect(decodeAll(cut(bytes, places))).toEqual(reference(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("gives the same for arbitrary bytes, cut or whole", () => {
    assert(
      property(uint8Array({ maxLength: 200 }), array(nat()), (bytes, places) => {
        expect(decodeAll(cut(bytes, places))).toEqual(decodeAll([bytes]));
      }),
    );
  });

  test("gives back what formatSse wrote, cut in single bytes", () => {
    assert(
      property(
        array(string({ unit: "binary" }).map((text) => text.toWellFormed().replaceAll(/[\r\n]/g, ""))),
        (texts) => {
          const events = texts.map((data) => ({ event: "delta", data }));
          const bytes = encoder.encode(events.map(formatSse).join(""));
          expect(decodeAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(events);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ["a byte order mark at the start only", "\uFEFFdata: a\n\ndata: \uFEFFb\n\n", ["a", "\uFEFFb"]],
    ["several data lines", "data: a\ndata: b\n\n", ["a\nb"]],
    ["empty data", "data\n\ndata:\n\n", ["", ""]],
    ["one space is taken", "data:  a\n\ndata:b\n\n", [" a", "b"]],
    ["lone CRs", "data: a\r\rdata: b\r\r", ["a", "b"]],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["an event without data", "event: ping\n\ndata: a\n\n", ["a"]],
    ["an event without its blank line", "data: a\n\ndata: b\n", ["a"]],
  ])("%s", (_name, text, expected) => {
    expect(decodeText(text).map(({ data }) => data)).toEqual(expected);
  });

  test("forgets a name with its event", () => {
    expect(decodeText("event: a\n\ndata: 1\n\nevent: b\ndata: 2\n\ndata: 3\n\n").map(({ event }) => event)).toEqual([
      "",
      "b",
      "",
    ]);
  });

  test("counts comments and tells of an unfinished event", () => {
    const decoder = createSseDecoder({ maxEventBytes: 20 });
    for (let index = 0; index < 50; index += 1) decoder.push(encoder.encode(": keep-alive\n"));
    expect(decoder.comments).toBe(50);
    expect(decoder.partial).toBe(false);
    decoder.push(encoder.encode("data: a\n"));
    expect(decoder.partial).toBe(true);
    decoder.push(encoder.encode("\n"));
    expect(decoder.partial).toBe(false);
  });

  test.each([
    ["whole", [`data: ${"x".repeat(200)}\n\n`]],
    ["without an end", ["data: ", ...Array.from({ length: 20 }, () => "x".repeat(10))]],
    ["in many lines", Array.from({ length: 30 }, () => "data: x\n")],
    ["in lines nobody knows", Array.from({ length: 30 }, () => "junk: x\n")],
  ])("refuses an event over the limit, %s", (_name, chunks) => {
    const decode = (): SseEvent[] =>
      decodeAll(
        chunks.map((chunk) => encoder.encode(chunk)),
        100,
      );
    expect(decode).toThrow(Fault);
    expect(decode).toThrow("more than 100 bytes");
  });

  test("does not count what earlier events held", () => {
    expect(
      decodeAll(
        Array.from({ length: 100 }, () => encoder.encode("event: e\ndata: 12345\n\n")),
        40,
      ),
    ).toHaveLength(100);
  });

  test("tells where it is in the stream, from the end of the event on, wherever the bytes are cut", () => {
    const bytes = encoder.encode("id: 7\r\nretry: 250\r\ndata:\r\n\r\nid:8\ndata: x\n\nretry: soon\nid: 9\ndata: y");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const decoder = createSseDecoder({ maxEventBytes: 100 });
      decoder.push(bytes.subarray(0, cut));
      decoder.push(bytes.subarray(cut));
      expect([decoder.lastEventId, decoder.retry]).toEqual(["8", 250]);
    }
  });

  test("an id stays in force for the events after it, and an empty one takes it back", () => {
    const decoder = createSseDecoder({ maxEventBytes: 100 });
    decoder.push(encoder.encode("id: 1\ndata: a\n\ndata: b\n\n"));
    expect(decoder.lastEventId).toBe("1");
    decoder.push(encoder.encode("id\ndata: c\n\n"));
    expect(decoder.lastEventId).toBe("");
  });
});
