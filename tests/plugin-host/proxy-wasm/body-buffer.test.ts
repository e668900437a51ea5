import { expect, test } from "bun:test";
import fc from "fast-check";
import { BodyBuffer, joined } from "#src/plugin-host/proxy-wasm/body-buffer.ts";
import { probe } from "#tests/support/proxy-wasm/driver.ts";

const bytes = fc.uint8Array({ maxLength: 30 });
const edit = fc.record({ start: fc.nat(80), size: fc.nat(80), value: bytes });

test("a buffer that is filled in pieces and edited is what an array would be", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes, edit), { maxLength: 12 }), (steps) => {
      const buffer = new BodyBuffer();
      const plain: number[] = [];
      for (const step of steps) {
        if (step instanceof Uint8Array) {
          buffer.append(step);
          plain.push(...step);
        } else {
          buffer.splice(step.start, step.size, step.value);
          plain.splice(step.start, step.size, ...step.value);
        }
        expect(buffer.size).toBe(plain.length);
      }
      expect([...buffer.bytes]).toEqual(plain);
    }),
  );
});

test("pieces put together are all of them in their order", () => {
  fc.assert(
    fc.property(fc.array(bytes), (pieces) =>
      expect([...joined(pieces)]).toEqual(pieces.flatMap((piece) => [...piece])),
    ),
  );
});

test.each([
  ["lets it flow", "@response_body\nbuffer 1 0 1000", (text: string) => text],
  [
    "stops it to its end",
    "@response_body\nreturn 1\n@response_body_end\nbufferset 1 0 0 <",
    (text: string) => `<${text}`,
  ],
  ["takes it for itself", "@response_body\nreturn 3\n@response_body_end\nreturn 0", () => ""],
])("an answer may be cut anywhere when the guest %s", async (_, script, expected) => {
  using guest = await probe(script);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1 }), { maxLength: 8 }),
      async (pieces) => {
        const stream = guest.open();
        await stream.responseHeaders(new Response("x"));
        let given = "";
        for (const piece of pieces) given += await stream.chunk(piece);
        given += await stream.chunk("", true);
        stream.done();
        expect(given).toBe(expected(pieces.join("")));
      },
    ),
    { numRuns: 50 },
  );
});
