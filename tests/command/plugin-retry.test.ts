import { expect, test } from "bun:test";
import { PluginRetry } from "#src/command/plugin-retry.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { keptLog } from "#tests/support/kept-log.ts";

test("plugins that do not work are tried again, at longer and longer pauses, and told once", () => {
  const clock = new FakeClock();
  const { log, lines } = keptLog();
  const failures = [{ id: "auth", why: "gone" }];
  let tries = 0;
  const retry = new PluginRetry({ clock, log, random: () => 0, again: () => tries++ });
  retry.settled(failures);
  clock.advance(500);
  expect(tries).toBe(1);
  retry.settled(failures);
  clock.advance(999);
  expect(tries).toBe(1);
  clock.advance(1);
  expect(tries).toBe(2);
  expect(lines).toHaveLength(1);
  retry.settled([]);
  expect(clock.pending).toBe(0);
  retry.settled(failures);
  expect(lines).toHaveLength(2);
  clock.advance(500);
  expect(tries).toBe(3);
  retry.close();
});

test("nothing is tried again after the end", () => {
  const clock = new FakeClock();
  const retry = new PluginRetry({ clock, log: keptLog().log, random: () => 0, again: () => {} });
  retry.settled([{ id: "auth", why: "gone" }]);
  retry.close();
  expect(clock.pending).toBe(0);
});
