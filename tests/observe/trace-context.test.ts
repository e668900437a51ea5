import { describe, expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, integer, option, property, record } from "fast-check";
import { b3, traceContext } from "#src/observe/trace/context.ts";

const hex = (digits: number) =>
  array(constantFrom(...Array.from({ length: 16 }, (_, digit) => digit.toString(16))), {
    minLength: digits,
    maxLength: digits,
  }).map((all) => all.join(""));
const some = (digits: number) => hex(digits).filter((id) => !/^0+$/.test(id));
const contexts = record({ traceId: some(32), spanId: some(16), sampled: boolean() });

describe.each([
  ["traceparent", traceContext],
  ["B3", b3],
])("%s", (_, propagation) => {
  test("what is written is read again", () => {
    assert(
      property(contexts, option(some(16), { nil: undefined }), (context, parent) => {
        const headers = new Headers();
        propagation.write(headers, context, parent);
        expect(propagation.read(headers)).toEqual(context);
      }),
    );
  });

  test("headers without a trace have none", () => {
    expect(propagation.read(new Headers())).toBeUndefined();
  });
});

test.each([
  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
  `00-0af7651916cd43dd8448eb211c80319c-${"0".repeat(16)}-01`,
  "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
])("traceparent %s is none", (traceparent) => {
  expect(traceContext.read(new Headers({ traceparent }))).toBeUndefined();
});

test("B3 without a decision leaves it to the next, and ids may be short", () => {
  const headers = new Headers({ "x-b3-traceid": "463ac35c9f6413ad", "x-b3-spanid": "a2fb4a1d1a96d312" });
  const read = { traceId: "463ac35c9f6413ad", spanId: "a2fb4a1d1a96d312", sampled: undefined };
  expect(b3.read(headers)).toEqual(read);
  assert(
    property(integer({ min: 0, max: 1 }), (flag) => {
      headers.set("x-b3-sampled", String(flag));
      expect(b3.read(headers)).toEqual({ ...read, sampled: flag === 1 });
    }),
  );
});
