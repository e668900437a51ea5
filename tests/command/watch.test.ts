import { afterEach, expect, test } from "bun:test";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { watchFiles } from "#src/command/watch.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";
import { until } from "#tests/support/until.ts";

/** More than a burst of events is collected. */
const LONG = 60_000;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function watching(path: string, known: string | undefined) {
  const clock = new FakeClock();
  let changes = 0;
  const stop = watchFiles(new Map([[path, known]]), clock, () => (changes += 1));
  stops.push(stop);
  return { clock, stop, changes: () => changes };
}

test("a file written anew is one change, however many steps it took", async () => {
  const path = temporaryFile("old");
  const { clock, changes } = watching(path, "old");
  clock.advance(LONG);
  expect(changes()).toBe(0);
  for (const text of ["n", "ne", "new"]) writeFileSync(path, text);
  await until("the event came", () => clock.pending > 0);
  expect(changes()).toBe(0);
  clock.advance(LONG);
  expect(changes()).toBe(1);
});

test("a file put in the old one's place is a change", async () => {
  const path = temporaryFile("old");
  const { clock, changes } = watching(path, "old");
  clock.advance(LONG);
  const next = join(dirname(path), "next.yaml");
  writeFileSync(next, "new");
  renameSync(next, path);
  await until("the change came", () => {
    clock.advance(LONG);
    return changes() > 0;
  });
  expect(changes()).toBe(1);
});

test("what changed between the reading and the watching is seen", () => {
  const { clock, changes } = watching(temporaryFile("newer than what was read"), "old");
  clock.advance(LONG);
  expect(changes()).toBe(1);
});

test("the same text, another file, and a file that is away are no change", async () => {
  const path = temporaryFile("old");
  const { clock, changes } = watching(path, "old");
  clock.advance(LONG);
  writeFileSync(join(dirname(path), "other"), "x");
  writeFileSync(path, "old");
  await until("the event came", () => clock.pending > 0);
  clock.advance(LONG);
  rmSync(path);
  await until("the event came", () => clock.pending > 0);
  clock.advance(LONG);
  expect(changes()).toBe(0);
});

test("after the stop nothing is told", () => {
  const { clock, stop, changes } = watching(temporaryFile("new"), "old");
  stop();
  clock.advance(LONG);
  expect(changes()).toBe(0);
  expect(clock.pending).toBe(0);
});

test("a folder that is not there does no harm", () => {
  const { clock, changes } = watching("/no/such/folder/gateway.yaml", undefined);
  clock.advance(LONG);
  expect(changes()).toBe(0);
});
