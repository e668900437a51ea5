import { expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { JsonArrayWork } from "#src/traffic/ai/json-array-work.ts";
import type { Passed, StreamWork } from "#src/traffic/ai/stream-work.ts";
import { atOnce } from "#tests/support/at-once.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A work that lets everything through; `facts` and `told` are set by the test. */
function through(): { -readonly [K in keyof StreamWork]: StreamWork[K] } {
  return { push: (bytes) => bytes, end: () => undefined, facts: {}, told: false, losses: [] };
}

function text(passed: Passed | Promise<Passed>): string {
  const bytes = atOnce(passed);
  return bytes === undefined ? "" : decoder.decode(bytes);
}

test.each([1, 2, 3, 7, 1000])("events become elements of one array, cut every %d bytes", (size) => {
  const bytes = encoder.encode('data: {"a":"é"}\n\n: alive\n\ndata: {"b":2}\n\n');
  const work = new JsonArrayWork(through());
  let written = "";
  for (let at = 0; at < bytes.length; at += size) written += text(work.push(bytes.subarray(at, at + size)));
  expect(JSON.parse(written + text(work.end()))).toEqual([{ a: "é" }, { b: 2 }]);
});

test("a stream without events is an empty array", () => {
  expect(text(new JsonArrayWork(through()).end())).toBe("[]");
});

test("an error the gateway tells is the last element", () => {
  const inner = through();
  const work = new JsonArrayWork(inner);
  const begun = text(work.push(encoder.encode('data: {"a":1}\n\n')));
  inner.facts.fault = new Fault("upstream_cut", "cut");
  const whole = begun + text(work.end()) + work.last([{ data: '{"error":{}}' }]);
  expect(JSON.parse(whole)).toEqual([{ a: 1 }, { error: {} }]);
});

test("an error the provider told ends the array at once", () => {
  const inner = through();
  inner.facts.fault = new Fault("upstream_error", "busy");
  inner.told = true;
  const work = new JsonArrayWork(inner);
  expect(JSON.parse(text(work.push(encoder.encode('data: {"error":{}}\n\n'))))).toEqual([{ error: {} }]);
});
