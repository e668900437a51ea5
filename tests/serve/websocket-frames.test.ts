import { expect, test } from "bun:test";
import { array, assert, constantFrom, integer, property, record, string, uint8Array } from "fast-check";
import type { WebSocketInput } from "#src/serve/websocket-frames.ts";
import { frameState, OPCODE, readFrames, writeClose, writeFrame } from "#src/serve/websocket-frames.ts";

const KEY = [0x37, 0xfa, 0x21, 0x3d];

/** A frame as a client writes it: masked, `final` or not. */
function masked(opcode: number, payload: Uint8Array, final = true): Uint8Array {
  const frame = writeFrame(opcode, payload);
  const head = frame.length - payload.length;
  frame[0] = (final ? 0x80 : 0) | opcode;
  frame[1] = (frame[1] ?? 0) | 0x80;
  const body = payload.map((byte, at) => byte ^ (KEY[at & 3] ?? 0));
  return new Uint8Array([...frame.subarray(0, head), ...KEY, ...body]);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (...frames: Uint8Array[]): WebSocketInput[] =>
  readFrames(frameState(1000), new Uint8Array(Buffer.concat(frames)));

test("the masked text frame of RFC 6455, section 5.7", () => {
  const frame = new Uint8Array([0x81, 0x85, ...KEY, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
  expect(readFrames(frameState(1000), frame)).toEqual([{ type: "text", data: "Hello" }]);
});

test("fragments make one message, with a ping between them", () => {
  const frames = [
    masked(OPCODE.text, bytes("Hel"), false),
    masked(OPCODE.ping, bytes("!")),
    masked(OPCODE.continuation, bytes("lo")),
  ];
  expect(read(...frames)).toEqual([
    { type: "ping", data: bytes("!") },
    { type: "text", data: "Hello" },
  ]);
});

test("a close frame without a code is 1005, and ends the reading", () => {
  const frames = [masked(OPCODE.close, new Uint8Array(0)), masked(OPCODE.text, bytes("late"))];
  expect(read(...frames)).toEqual([{ type: "close", code: 1005, reason: "" }]);
});

test.each([
  ["an unmasked frame", writeFrame(OPCODE.text, bytes("x")), 1002],
  ["a reserved bit", new Uint8Array([0xc1, 0x80, ...KEY]), 1002],
  ["an unknown opcode", masked(3, bytes("x")), 1002],
  ["a fragmented ping", masked(OPCODE.ping, bytes("x"), false), 1002],
  ["a continuation of nothing", masked(OPCODE.continuation, bytes("x")), 1002],
  ["a close code that may not be sent", masked(OPCODE.close, new Uint8Array([0x03, 0xed])), 1002],
  ["text that is not UTF-8", masked(OPCODE.text, new Uint8Array([0xff])), 1007],
  ["a message over the limit", masked(OPCODE.binary, new Uint8Array(1001)), 1009],
] as const)("%s is a violation", (_, frame, code) => {
  expect(read(frame)).toMatchObject([{ type: "violation", code }]);
});

test("fragments over the limit together are a violation", () => {
  const frames = [masked(OPCODE.binary, new Uint8Array(600), false), masked(OPCODE.continuation, new Uint8Array(600))];
  expect(read(...frames)).toMatchObject([{ type: "violation", code: 1009 }]);
});

test("messages are the same however the bytes are cut", () => {
  const message = record({ opcode: constantFrom(OPCODE.text, OPCODE.binary), text: string({ unit: "grapheme" }) });
  assert(
    property(array(message), array(integer({ min: 1, max: 9 }), { minLength: 1 }), (messages, cuts) => {
      const stream = new Uint8Array(messages.flatMap(({ opcode, text }) => [...masked(opcode, bytes(text))]));
      const state = frameState(100_000);
      const inputs: WebSocketInput[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        inputs.push(...readFrames(state, stream.subarray(at, at + size)));
        at += size;
      }
      const expected: readonly unknown[] = messages.map(({ opcode, text }) =>
        opcode === OPCODE.text ? { type: "text", data: text } : { type: "binary", data: bytes(text) },
      );
      expect<readonly unknown[]>(inputs).toEqual(expected);
    }),
  );
});

test("any bytes are read without a throw", () => {
  assert(property(uint8Array({ maxLength: 300 }), (noise) => Array.isArray(readFrames(frameState(100), noise))));
});

test("a close reason is cut at whole characters, and codes that may not be sent are left out", () => {
  expect(writeClose(4000, "é".repeat(100)).length).toBe(2 + 2 + 122);
  expect(writeClose(1006, "gone")).toEqual(new Uint8Array([0x88, 0]));
});

test("what a client masks the server reads, and what a server does not mask the client", () => {
  assert(
    property(uint8Array({ maxLength: 70_000 }), uint8Array({ minLength: 4, maxLength: 4 }), (payload, key) => {
      const read = [{ type: "binary", data: payload }] as WebSocketInput[];
      expect(readFrames(frameState(100_000), writeFrame(OPCODE.binary, payload, key))).toEqual(read);
      expect(readFrames(frameState(100_000, false), writeFrame(OPCODE.binary, payload))).toEqual(read);
    }),
    { numRuns: 30 },
  );
});

test("a server's frame must not be masked", () => {
  const input = readFrames(frameState(1000, false), writeFrame(OPCODE.text, bytes("x"), new Uint8Array(KEY)));
  expect(input).toMatchObject([{ type: "violation", code: 1002 }]);
});
