import { expect, test } from "bun:test";
import type { AccessRecord } from "#src/core/exchange.ts";
import { ObserverBatch } from "#src/observe/observer-batch.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { record } from "./records.ts";

function batch() {
  const clock = new FakeClock();
  const seen: string[] = [];
  const costing = { done: (one: AccessRecord) => void (one.cost = 7) };
  const telling = { done: ({ route, cost }: AccessRecord) => void seen.push(`${route} ${cost}`) };
  return { clock, seen, told: new ObserverBatch([costing, telling], clock) };
}

test("records wait for each other a little, and keep their order", () => {
  const { clock, seen, told } = batch();
  told.done(record({ route: "a" }));
  told.done(record({ route: "b" }));
  expect(seen).toEqual([]);
  clock.advance(10);
  expect(seen).toEqual(["a 7", "b 7"]);
  clock.advance(1000);
  told.done(record({ route: "c" }));
  clock.advance(10);
  expect(seen).toEqual(["a 7", "b 7", "c 7"]);
});

test("many are told of at once", () => {
  const { seen, told } = batch();
  for (let index = 0; index < 300; index++) told.done(record({ route: `r${index}` }));
  expect(seen.length).toBe(256);
  told.flush();
  expect(seen.length).toBe(300);
  expect(seen.at(-1)).toBe("r299 7");
  told.flush();
  expect(seen.length).toBe(300);
});
