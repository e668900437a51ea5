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
