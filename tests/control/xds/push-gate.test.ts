import { expect, test } from "bun:test";
import { PushGate } from "#src/control/xds/push-gate.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

/** A gate for two, whose streams write until they are told to be done. */
function stage(): {
  gate: PushGate<string>;
  clock: FakeClock;
  written: string[];
  done: (name: string) => Promise<void>;
} {
  const clock = new FakeClock();
  const written: string[] = [];
  const open = new Map<string, () => void>();
  const gate = new PushGate<string>(2, clock, (name) => {
    written.push(name);
    if (name === "idle") return [];
    const { promise, resolve } = Promise.withResolvers<void>();
    open.set(name, resolve);
    return [promise];
  });
  const done = async (name: string): Promise<void> => {
    open.get(name)?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { gate, clock, written, done };
}

test("so many write at a time, the others wait in turn, each once", async () => {
  const { gate, written, done } = stage();
  for (const name of ["a", "b", "c", "d", "c"]) gate.enter(name);
  expect([written, gate.waiting]).toEqual([["a", "b"], 2]);
  await done("b");
  expect([written, gate.waiting]).toEqual([["a", "b", "c"], 1]);
  await done("a");
  expect([written, gate.waiting]).toEqual([["a", "b", "c", "d"], 0]);
});

test("who has nothing to write keeps nobody waiting, and who has left is not asked", async () => {
  const { gate, written, done } = stage();
  for (const name of ["a", "idle", "b", "c", "d"]) gate.enter(name);
  gate.leave("c");
  await done("a");
  expect(written).toEqual(["a", "idle", "b", "d"]);
});

test("who is not read from keeps others waiting for so long only", () => {
  const { gate, clock, written } = stage();
  for (const name of ["a", "b", "c", "d", "e"]) gate.enter(name);
  clock.advance(5000);
  expect(written).toEqual(["a", "b", "c", "d"]);
});
