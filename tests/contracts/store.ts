import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Store } from "#src/core/store.ts";

/** A store under test and the passing of its time. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another replica's view of the same state; the same store where there is only one. */
  readonly replica: Store;
  /** Lets at least that many milliseconds pass for the store. */
  readonly pass: (milliseconds: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every Store keeps to. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    values(() => under);
    counters(() => under);
    lists(() => under);
    lives(() => under);
    logs(() => under);
    messages(() => under);
  });
}

function values(under: () => StoreUnderTest): void {
  test("a key that was never set is undefined", async () => {
    expect(await under().store.get("absent")).toBeUndefined();
  });

  test("a value is read back as written, by every replica", async () => {
    const { store, replica } = under();
    const value = 'ä "quoted"\n\0 🦦';
    await store.set("text", value);
    expect(await replica.get("text")).toBe(value);
    await store.set("text", "");
    expect(await replica.get("text")).toBe("");
  });

  test("a deleted key is gone; deleting it again is fine", async () => {
    const { store } = under();
    await store.set("gone", "1");
    await store.delete("gone");
    await store.delete("gone");
    expect(await store.get("gone")).toBeUndefined();
  });

  test("a value with a life ends with it", async () => {
    const { store, pass } = under();
    await store.set("brief", "1", 50);
    await store.set("long", "1", 600_000);
    await pass(50);
    expect(await store.get("brief")).toBeUndefined();
    expect(await store.get("long")).toBe("1");
  });

  test("setting a key anew without a life makes it stay", async () => {
    const { store, pass } = under();
    await store.set("kept", "1", 50);
    await store.set("kept", "2");
    await pass(50);
    expect(await store.get("kept")).toBe("2");
  });
}

function lives(under: () => StoreUnderTest): void {
  test("only the first of several sets what is absent; after its life the next one does", async () => {
    const { store, replica, pass } = under();
    const tries = Array.from({ length: 10 }, (_, n) => (n % 2 ? store : replica).setIfAbsent("first", String(n), 50));
    const won = (await Promise.all(tries)).flatMap((set, n) => (set ? [String(n)] : []));
    expect(won).toHaveLength(1);
    expect(await store.get("first")).toBe(String(won[0]));
    await pass(50);
    expect(await store.setIfAbsent("first", "again")).toBe(true);
    await pass(50);
    expect(await replica.setIfAbsent("first", "late")).toBe(false);
    expect(await replica.get("first")).toBe("again");
  });

  test("touched, a value, a list or a log lives on; what is not there stays so", async () => {
    const { store, replica, pass } = under();
    await store.set("a value", "1", 200);
    await store.append("a list", ["1"], 200);
    await store.logAppend("a log", ["1"], { maxLength: 10, ttl: 200 });
    const keys = ["a value", "a list", "a log"];
    expect(await Promise.all(keys.map((key) => replica.touch(key, 600_000)))).toEqual([true, true, true]);
    await pass(200);
    expect(await store.get("a value")).toBe("1");
    expect(await store.list("a list")).toEqual(["1"]);
    expect(await store.logRead("a log", undefined, 10)).toHaveLength(1);
    await Promise.all(keys.map((key) => store.touch(key, 50)));
    await pass(50);
    expect(await Promise.all(keys.map((key) => store.touch(key, 50)))).toEqual([false, false, false]);
  });
}

function logs(under: () => StoreUnderTest): void {
  const forever = { maxLength: 1000, ttl: 600_000 };

  test("a log is read from its begin or after an entry, so many at a time, by every replica", async () => {
    const { store, replica } = under();
    expect(await store.logRead("l", undefined, 10)).toEqual([]);
    const ids = [
      ...(await store.logAppend("l", ["ä", ""], forever)),
      ...(await replica.logAppend("l", ["b"], forever)),
    ];
    expect(await store.logAppend("l", [], forever)).toEqual([]);
    const entries = ["ä", "", "b"].map((value, index) => ({ id: ids[index] ?? "", value }));
    expect(new Set(ids).size).toBe(3);
    expect(await replica.logRead("l", undefined, 10)).toEqual(entries);
    expect(await replica.logRead("l", undefined, 2)).toEqual(entries.slice(0, 2));
    expect(await replica.logRead("l", ids[0], 1)).toEqual(entries.slice(1, 2));
    expect(await store.logRead("l", ids[0], 10)).toEqual(entries.slice(1));
    expect(await store.logRead("l", ids[2], 10)).toEqual([]);
  });

  test("an entry that was never there is told, whatever it looks like", async () => {
    const { store } = under();
    const [id = ""] = await store.logAppend("known", ["1"], forever);
    for (const cursor of ["", "nonsense", "0-0", "9".repeat(40), `${id}0`, `0${id}`, "-", "+", "$"])
      expect(await store.logRead("known", cursor, 10)).toBeUndefined();
    expect(await store.logRead("unknown", id, 10)).toBeUndefined();
  });

  test("a long log loses its oldest entries, and who had read only those is told", async () => {
    const { store } = under();
    const write = (from: number): Promise<readonly string[]> =>
      store.logAppend(
        "short",
        Array.from({ length: 300 }, (_, n) => String(from + n)),
        { maxLength: 20, ttl: 600_000 },
      );
    const [first] = await write(0);
    const last = await write(300);
    expect(await store.logRead("short", first, 1000)).toBeUndefined();
    const left = (await store.logRead("short", undefined, 1000)) ?? [];
    expect(left.length).toBeGreaterThanOrEqual(20);
    expect(left.length).toBeLessThan(300);
    expect(left.map(({ value }) => Number(value))).toEqual(left.map((_, n) => 600 - left.length + n));
    expect(await store.logRead("short", last.at(-20), 1000)).toHaveLength(19);
  });

  test("an addition that is made again under its name is not made twice, and made when it was not", async () => {
    const { store, replica } = under();
    const batch = { id: crypto.randomUUID(), again: false };
    const ids = await store.logAppend("again", ["1", "2"], { ...forever, batch });
    await replica.logAppend("again", ["3"], { ...forever, batch: { id: crypto.randomUUID(), again: true } });
    const again = { ...forever, batch: { ...batch, again: true } };
    expect(await replica.logAppend("again", ["1", "2"], again)).toEqual(ids);
    await store.logAppend("again", ["4"], forever);
    expect(await store.logAppend("again", ["1", "2"], again)).toEqual(ids);
    const values = await store.logRead("again", undefined, 10);
    expect(values?.map(({ value }) => value)).toEqual(["1", "2", "3", "4"]);
  });

  test("a log ends with its life or when deleted; one of the same name gives other ids", async () => {
    const { store, pass } = under();
    const [first = ""] = await store.logAppend("mortal", ["1"], { maxLength: 10, ttl: 50 });
    await pass(50);
    const [second = ""] = await store.logAppend("mortal", ["2"], forever);
    expect(await store.logRead("mortal", first, 10)).toBeUndefined();
    await store.delete("mortal");
    expect(await store.logRead("mortal", second, 10)).toBeUndefined();
    expect(await store.logRead("mortal", undefined, 10)).toEqual([]);
    const [third] = await store.logAppend("mortal", ["3"], forever);
    expect(new Set([first, second, third]).size).toBe(3);
  });

  test("who is woken finds the entries", async () => {
    const { store, replica } = under();
    const woken = Promise.withResolvers<unknown>();
    const stop = await replica.subscribe("wake", (message) =>
      woken.resolve(replica.logRead("woken", undefined, 10).then((entries) => [message, entries?.length])),
    );
    await store.logAppend("woken", ["1", "2"], { ...forever, wake: { channel: "wake", message: "up" } });
    expect(await woken.promise).toEqual(["up", 2]);
    await stop();
  });

  test("entries of several writers are all there, each writer's in their order", async () => {
    const { store, replica } = under();
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 10; n++)
        await (writer % 2 ? store : replica).logAppend("crowd", [`${writer} ${n}`, `${writer} ${n}b`], forever);
    });
    await Promise.all(writers);
    const values = ((await store.logRead("crowd", undefined, 1000)) ?? []).map(({ value }) => value);
    for (let writer = 0; writer < 4; writer++)
      expect(values.filter((value) => value.startsWith(`${writer} `))).toEqual(
        Array.from({ length: 10 }, (_, n) => [`${writer} ${n}`, `${writer} ${n}b`]).flat(),
      );
  });
}

function lists(under: () => StoreUnderTest): void {
  test("a list keeps the order of what is added, for every replica", async () => {
    const { store, replica } = under();
    expect(await store.list("nothing")).toEqual([]);
    await store.append("list", ["ä", "", "b"], 600_000);
    await replica.append("list", ["a"], 600_000);
    await store.append("list", [], 600_000);
    expect(await replica.list("list")).toEqual(["ä", "", "b", "a"]);
  });

  test("a long list is added whole", async () => {
    const { store } = under();
    const values = Array.from({ length: 2500 }, (_, index) => String(index));
    await store.append("long-list", values, 600_000);
    expect(await store.list("long-list")).toEqual(values);
  });

  test("additions side by side are all kept", async () => {
    const { store, replica } = under();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? store : replica).append("both", [String(n)], 600_000)),
    );
    expect((await store.list("both")).map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  test("what is taken out of a list is gone, what is not there is no error", async () => {
    const { store } = under();
    await store.append("some", ["a", "b", "c"], 600_000);
    await store.remove("some", "b");
    await store.remove("some", "x");
    await store.remove("nowhere", "x");
    expect(await store.list("some")).toEqual(["a", "c"]);
  });

  test("a list's life begins anew with each addition, and ends", async () => {
    const { store, pass } = under();
    await store.append("living", ["a"], 400);
    await pass(200);
    await store.append("living", ["b"], 600_000);
    await pass(400);
    expect(await store.list("living")).toEqual(["a", "b"]);
    await store.append("dying", ["a"], 50);
    await pass(50);
    expect(await store.list("dying")).toEqual([]);
  });

  test("a deleted list is gone", async () => {
    const { store } = under();
    await store.append("over", ["a"], 600_000);
    await store.delete("over");
    expect(await store.list("over")).toEqual([]);
  });
}

function counters(under: () => StoreUnderTest): void {
  test("a counter starts at 0 and answers its new value", async () => {
    const { store, replica } = under();
    expect(await store.increment("count", 3, 600_000)).toBe(3);
    expect(await replica.increment("count", 2, 600_000)).toBe(5);
    expect(await store.increment("count", -1, 600_000)).toBe(4);
    expect(await store.get("count")).toBe("4");
  });

  test("a counter lives from its first increment, later ones do not prolong it", async () => {
    const { store, pass } = under();
    await store.increment("window", 1, 400);
    await store.increment("window", 1, 600_000);
    await pass(400);
    expect(await store.get("window")).toBeUndefined();
    expect(await store.increment("window", 1, 400)).toBe(1);
  });

  test("increments at the same time are all counted", async () => {
    const { store, replica } = under();
    const all = Array.from({ length: 50 }, (_, index) => (index % 2 ? store : replica).increment("many", 1, 600_000));
    expect((await Promise.all(all)).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test("what is no number cannot be counted", async () => {
    const { store } = under();
    await store.set("word", "abc");
    expect(await store.increment("word", 1, 1000).catch((error: unknown) => error)).toBeInstanceOf(Error);
  });
}

function messages(under: () => StoreUnderTest): void {
  test("every replica's subscribers hear a message, the sender's own included, in order", async () => {
    const { store, replica } = under();
    const here = inbox();
    const there = inbox();
    const stops = [await store.subscribe("news", here.receive), await replica.subscribe("news", there.receive)];
    await store.publish("news", "1");
    await store.publish("news", "2");
    expect(await here.take(2)).toEqual(["1", "2"]);
    expect(await there.take(2)).toEqual(["1", "2"]);
    await Promise.all(stops.map((stop) => stop()));
  });

  test("after it stopped a subscriber hears nothing, others still do", async () => {
    const { store } = under();
    const stopped = inbox();
    const staying = inbox();
    const stop = await store.subscribe("chat", stopped.receive);
    const stopOther = await store.subscribe("chat", staying.receive);
    await stop();
    await stop();
    await store.publish("chat", "hello");
    expect(await staying.take(1)).toEqual(["hello"]);
    expect(stopped.messages).toEqual([]);
    await stopOther();
  });

  test("channels do not mix", async () => {
    const { store } = under();
    const one = inbox();
    const stop = await store.subscribe("one", one.receive);
    await store.publish("two", "not for you");
    await store.publish("one", "for you");
    expect(await one.take(1)).toEqual(["for you"]);
    await stop();
  });
}

interface Inbox {
  readonly messages: string[];
  readonly receive: (message: string) => void;
  /** The first `count` messages, as soon as they are there. */
  readonly take: (count: number) => Promise<string[]>;
}

function inbox(): Inbox {
  const messages: string[] = [];
  let wake: () => void = () => {};
  return {
    messages,
    receive(message) {
      messages.push(message);
      wake();
    },
    async take(count) {
      while (messages.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return messages.slice(0, count);
    },
  };
}
