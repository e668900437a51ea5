import { expect, test } from "bun:test";
import fc from "fast-check";
import { joined } from "#plugins/dubbo/bytes.ts";
import { LONGEST_ANSWER } from "#plugins/dubbo/call.ts";
import { callFrame, heartbeat, heartbeatAnswer, type Message, MessageReader } from "#plugins/dubbo/frame.ts";

/** An answer with a body of zeros, of which only so much is there. */
function answer(id: bigint, length: number, present = length): Uint8Array {
  const bytes = new Uint8Array(16 + present);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xdabb);
  view.setUint8(2, 2);
  view.setUint8(3, 20);
  view.setBigInt64(4, id);
  view.setUint32(12, length);
  return bytes;
}

const all = joined([
  answer(1n, 3),
  heartbeat(2n),
  answer(-1n, 0),
  heartbeatAnswer(3n),
  callFrame(4n, new Uint8Array(40)),
  answer(5n, 100),
]);

const told = ({ kind, id, twoWay, status, body }: Message): unknown => [kind, id, twoWay, status, body?.length];

const EXPECTED = [
  ["answer", 1n, false, 20, 3],
  ["event", 2n, true, 0, 1],
  ["answer", -1n, false, 20, 0],
  ["event", 3n, false, 20, 1],
  ["request", 4n, true, 0, 40],
  ["answer", 5n, false, 20, 100],
];

function readIn(pieces: readonly Uint8Array[]): unknown[] {
  const reader = new MessageReader();
  return pieces.flatMap((piece) => [...reader.read(piece)].map(told));
}

test("messages are the same wherever they are cut in two", () => {
  for (let at = 0; at <= all.length; at++) {
    expect(readIn([all.subarray(0, at), all.subarray(at)])).toEqual(EXPECTED);
  }
});

test("messages are the same in any pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 30 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
      expect(readIn(places.slice(1).map((end, index) => all.subarray(places[index], end)))).toEqual(EXPECTED);
    }),
  );
});

test("one too long is left out, and those after it are read", () => {
  const reader = new MessageReader();
  const long = answer(7n, LONGEST_ANSWER + 1, 1000);
  expect([...reader.read(long)].map(told)).toEqual([["answer", 7n, false, 20, undefined]]);
  const piece = new Uint8Array(LONGEST_ANSWER / 8);
  for (let count = 0; count < 7; count++) expect([...reader.read(piece)]).toEqual([]);
  const rest = joined([new Uint8Array(LONGEST_ANSWER / 8 + 1 - 1000), answer(8n, 2)]);
  expect([...reader.read(rest)].map(told)).toEqual([["answer", 8n, false, 20, 2]]);
});

test("one too long that is there at once is left out as well", () => {
  const both = joined([answer(7n, LONGEST_ANSWER + 1), answer(8n, 2)]);
  expect(readIn([both])).toEqual([
    ["answer", 7n, false, 20, undefined],
    ["answer", 8n, false, 20, 2],
  ]);
});

test("what is not Dubbo is an Error", () => {
  expect(() => readIn([new TextEncoder().encode("HTTP/1.1 400 Bad Request")])).toThrow("not the Dubbo protocol");
});
