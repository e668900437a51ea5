import { expect, test } from "bun:test";
import { ownStore } from "#src/plugin-host/own-store.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { messageOf } from "#tests/support/message-of.ts";

test("a plugin that is not trusted has keys of its own alone", async () => {
  const store = createMemoryStore({ clock: new FakeClock() });
  await store.set("session", "somebody else's");
  const [one, two] = [ownStore(store, "one"), ownStore(store, "two")];
  expect(await one.get("session")).toBeUndefined();
  await one.set("session", "mine", 1000);
  await one.increment("count", 2, 1000);
  await one.append("list", ["a", "b"], 1000);
  await one.remove("list", "a");
  expect([await one.get("session"), await one.increment("count", 1, 1000), await one.list("list")]).toEqual([
    "mine",
    3,
    ["b"],
  ]);
  expect([await one.setIfAbsent("session", "x"), await one.touch("session", 5), await one.touch("none", 5)]).toEqual([
    false,
    true,
    false,
  ]);
  expect([await two.get("session"), await two.list("list")]).toEqual([undefined, []]);
  await one.delete("session");
  expect([await one.get("session"), await store.get("session")]).toEqual([undefined, "somebody else's"]);
  expect(await store.increment("plugin:one:count", 0, 1000)).toBe(3);
  const none = [one.publish("c", "m"), one.subscribe("c", () => {}), one.logRead("l", undefined, 1)];
  for (const asked of none) expect(await messageOf(asked)).toStartWith("The plugin has no ");
});
