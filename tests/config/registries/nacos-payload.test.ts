import { expect, test } from "bun:test";
import fc from "fast-check";
import { framed, MessageCutter } from "#config/registries/nacos/grpc-frames.ts";
import { decodePayload, encodePayload } from "#config/registries/nacos/payload.ts";
import { readMessage, writeMessage } from "#tests/support/registries/nacos-proto.ts";

const message = fc.record({
  type: fc.string(),
  headers: fc.dictionary(fc.string(), fc.string()),
  body: fc.dictionary(fc.string(), fc.jsonValue()).map((body) => JSON.parse(JSON.stringify(body)) as object),
});

test("what is written is what Nacos' protobuf says, and the other way round", () => {
  fc.assert(
    fc.property(message, ({ type, headers, body }) => {
      const written = encodePayload({ type, headers, body: { ...body } }, "10.0.0.1");
      expect(readMessage(written)).toEqual({ type, headers, body: { ...body }, clientIp: "10.0.0.1" });
      expect(decodePayload(writeMessage({ type, headers, body: { ...body } }))).toEqual({
        type,
        headers,
        body: { ...body },
      });
    }),
  );
});

test("fields that are not known are left out", () => {
  const unknown = Uint8Array.of(0x08, 0x05, 0x7a, 0x02, 0x61, 0x62);
  const bytes = Buffer.concat([unknown, encodePayload({ type: "A", body: { b: 1 } }), unknown]);
  expect(decodePayload(bytes)).toEqual({ type: "A", headers: {}, body: { b: 1 } });
  expect(decodePayload(new Uint8Array())).toEqual({ type: "", headers: {}, body: {} });
});

test("messages are whole wherever their bytes are cut", () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (sent, cuts) => {
        const all = Buffer.concat(sent.map((one) => framed(one)));
        const cutter = new MessageCutter();
        const read: string[] = [];
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          for (const one of cutter.cut(all.subarray(at, at + size))) read.push(one.toString("hex"));
          at += size;
        }
        expect(read).toEqual(sent.map((one) => Buffer.from(one).toString("hex")));
      },
    ),
  );
});

test("what is no message, or too large, is refused", () => {
  const cut = (...bytes: number[]): Buffer[] => [...new MessageCutter().cut(Buffer.from(bytes))];
  expect(() => cut(1, 0, 0, 0, 0)).toThrow("no message that is understood");
  expect(() => cut(0, 255, 0, 0, 0)).toThrow("no message that is understood");
});
