import { expect, test } from "bun:test";
import { createMemoryStore } from "#src/store/memory.ts";
import { describeStore } from "#tests/contracts/store.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

describeStore("memory", async () => {
  const clock = new FakeClock();
  const store = createMemoryStore({ clock });
  return {
    store,
    replica: store,
    pass: async (milliseconds) => clock.advance(milliseconds),
    close: () => store.close(),
  };
});

test("the key written longest ago makes room when the store is full", async () => {
  const store = createMemoryStore({ maxKeys: 2 });
  await store.set("a", "1");
  await store.set("b", "1");
  await store.set("a", "2");
  await store.set("c", "1");
  expect(await store.get("b")).toBeUndefined();
  expect(await store.get("a")).toBe("2");
  expect(await store.get("c")).toBe("1");
});

test("what is touched is not the first to make room, and marks set for a time push out nothing but marks", async () => {
  const store = createMemoryStore({ maxKeys: 2 });
  await store.set("a", "1");
  await store.set("b", "1", 1000);
  await store.touch("a", 1000);
  await store.set("c", "1");
  expect([await store.get("a"), await store.get("b"), await store.get("c")]).toEqual(["1", undefined, "1"]);
  for (const mark of ["x", "y", "z"]) expect(await store.setIfAbsent(mark, "1", 1000)).toBe(true);
  expect([await store.get("a"), await store.get("c"), await store.get("x"), await store.get("z")]).toEqual([
    "1",
    "1",
    undefined,
    "1",
  ]);
  await store.set("z", "2");
  expect(await store.setIfAbsent("z", "3", 1000)).toBe(false);
  expect(await store.get("z")).toBe("2");
  await store.delete("y");
  expect(await store.get("y")).toBeUndefined();
});

test("what was written longest ago makes room when the texts are too long together, lists among them", async () => {
  const store = createMemoryStore({ maxLength: 29 });
  await store.set("a", "0123456789");
  await store.append("b", ["01234", "56789"], 1000);
  await store.set("c", "0123456789");
  expect(await store.get("a")).toBeUndefined();
  expect(await store.list("b")).toEqual(["01234", "56789"]);
  await store.remove("b", "01234");
  await store.set("d", "01");
  expect(await store.list("b")).toEqual(["56789"]);
  await store.append("b", ["0123456789"], 1000);
  expect(await store.get("c")).toBeUndefined();
  expect(await store.list("b")).toEqual(["56789", "0123456789"]);
});

test("the log written longest ago makes room when logs are too long together, and one alone loses its older half", async () => {
  const store = createMemoryStore({ maxLogLength: 500 });
  const write = (key: string, count: number): Promise<readonly string[]> =>
    store.logAppend(key, Array<string>(count).fill("0123456789"), { maxLength: 100, ttl: 1000 });
  const [first] = await write("a", 2);
  const [second] = await write("b", 2);
  await write("a", 2);
  expect(await store.logRead("a", first, 10)).toHaveLength(3);
  await write("c", 1);
  expect(await store.logRead("b", second, 10)).toBeUndefined();
  expect(await store.logRead("a", first, 10)).toHaveLength(3);
  await write("d", 9);
  expect(await store.logRead("a", undefined, 10)).toEqual([]);
  expect(await store.logRead("d", undefined, 10)).toHaveLength(4);
});

test("a subscriber that stops another one while a message is handed out is obeyed", async () => {
  const store = createMemoryStore();
  const heard: string[] = [];
  const stops: (() => Promise<void>)[] = [];
  await store.subscribe("x", () => {
    heard.push("first");
    void stops[0]?.();
  });
  stops.push(await store.subscribe("x", () => heard.push("second")));
  await store.publish("x", "m");
  await Promise.resolve();
  expect(heard).toEqual(["first"]);
});
