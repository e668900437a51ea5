import { describe, expect, test } from "bun:test";
import { assert, asyncProperty, dictionary, integer, jsonValue, string } from "fast-check";
import type { Json } from "#src/core/json.ts";
import type { Store } from "#src/core/store.ts";
import { createKeyRing, type KeyRing } from "#src/sessions/key-ring.ts";
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const OLD = "a-secret-of-32-random-characters";
const NEW = "another-secret-of-32-random-char";
const context = { purpose: "test", subject: "alice" };

function ringOf(...secrets: readonly string[]): { ring: KeyRing; clock: FakeClock } {
  const clock = new FakeClock();
  return { ring: createKeyRing({ secrets, store: createMemoryStore({ clock }), clock }), clock };
}

describe("a key ring", () => {
  test("opens what it sealed, whatever it is", async () => {
    const { ring, clock } = ringOf(OLD);
    await assert(
      asyncProperty(jsonValue(), dictionary(string(), string()), string(), async (value, more, subject) => {
        const sealed = { value, more } as Json;
        const token = await ring.seal(sealed, { ...context, subject }, clock.now() + 1);
        expect(token).toMatch(/^[\w-]+$/);
        // JSON has one zero.
        expect(await ring.open(token, { ...context, subject })).toEqual(JSON.parse(JSON.stringify(sealed)) as Json);
      }),
      { numRuns: 50 },
    );
  });

  test("opens nothing that was changed, cut or lengthened", async () => {
    const { ring, clock } = ringOf(OLD);
    const token = await ring.seal({ host: "10.0.0.1:80" }, context, clock.now() + 1000);
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    await assert(
      asyncProperty(integer({ min: 0, max: bytes.length - 1 }), integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = bytes.with(at, (bytes[at] ?? 0) ^ change);
        expect(await ring.open(changed.toBase64({ alphabet: "base64url" }), context)).toBeUndefined();
        expect(await ring.open(token.slice(0, at), context)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
    for (const other of ["", "a", `${token}AAAA`, ` ${token}`, `${token}\n`, "../etc/passwd", "ä"])
      expect(await ring.open(other, context)).toBeUndefined();
    expect(await ring.open(token, context)).toEqual({ host: "10.0.0.1:80" });
  });

  test("a token is of one purpose and one subject", async () => {
    const { ring, clock } = ringOf(OLD);
    const token = await ring.seal(1, context, clock.now() + 1000);
    expect(await ring.open(token, { ...context, subject: "bob" })).toBeUndefined();
    expect(await ring.open(token, { ...context, purpose: "other" })).toBeUndefined();
    expect(await ring.open(token, { purpose: "tes", subject: "talice" })).toBeUndefined();
  });

  test("a token opened before opens for the same purpose and subject alone, and ends at its time", async () => {
    const { ring, clock } = ringOf(OLD);
    const token = await ring.seal({ list: [1] }, context, clock.now() + 1000);
    const first = await ring.open(token, context);
    expect(await ring.open(token, context)).toEqual({ list: [1] });
    expect(await ring.open(token, context)).not.toBe(first as Json);
    expect(await ring.open(token, { ...context, subject: "bob" })).toBeUndefined();
    expect(await ring.open(`${token}A`, context)).toBeUndefined();
    clock.advance(1000);
    expect(await ring.open(token, context)).toBeUndefined();
  });

  test("however many tokens come, all open", async () => {
    const { ring, clock } = ringOf(OLD);
    const tokens = await Promise.all(Array.from({ length: 5100 }, (_, n) => ring.seal(n, context, clock.now() + 1000)));
    for (const [n, token] of tokens.entries()) expect(await ring.open(token, context)).toBe(n);
    expect(await ring.open(tokens[0] ?? "", context)).toBe(0);
  });

  test("a token ends at its time", async () => {
    const { ring, clock } = ringOf(OLD);
    const token = await ring.seal(1, context, clock.now() + 1000);
    clock.advance(999);
    expect(await ring.open(token, context)).toBe(1);
    clock.advance(1);
    expect(await ring.open(token, context)).toBeUndefined();
  });

  test("the first secret seals, all open; one that was taken out opens nothing", async () => {
    const { ring: before, clock } = ringOf(OLD);
    const { ring: rotating } = ringOf(NEW, OLD);
    const { ring: after } = ringOf(NEW);
    const token = await before.seal("old", context, clock.now() + 1000);
    expect(await rotating.open(token, context)).toBe("old");
    expect(await after.open(token, context)).toBeUndefined();
    const newer = await rotating.seal("new", context, clock.now() + 1000);
    expect(await after.open(newer, context)).toBe("new");
    expect(await before.open(newer, context)).toBeUndefined();
  });

  test("the same value is never the same token", async () => {
    const { ring, clock } = ringOf(OLD);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => ring.seal(1, context, clock.now() + 1)));
    expect(new Set(tokens).size).toBe(20);
  });
});

describe("without secrets", () => {
  test("replicas that begin at once share one key, in the store", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const rings = Array.from({ length: 5 }, () => createKeyRing({ store, clock }));
    const tokens = await Promise.all(rings.map((ring, n) => ring.seal(n, context, clock.now() + 1000)));
    for (const ring of rings)
      expect(await Promise.all(tokens.map((token) => ring.open(token, context)))).toEqual([0, 1, 2, 3, 4]);
  });

  test("another store has another key", async () => {
    const { ring, clock } = ringOf();
    const { ring: other } = ringOf();
    expect(await other.open(await ring.seal(1, context, clock.now() + 1000), context)).toBeUndefined();
  });

  test("when the store lost the key, one of the replicas gives it another, and what was sealed still opens", async () => {
    const clock = new FakeClock();
    const store = createMemoryStore({ clock });
    const [first, second] = [createKeyRing({ store, clock }), createKeyRing({ store, clock })];
    const old = await first.seal("old", context, clock.now() + 60_000);
    expect(await second.open(old, context)).toBe("old");
    await store.delete("sessions:key");
    const third = createKeyRing({ store, clock });
    const young = await third.seal("young", context, clock.now() + 60_000);
    clock.advance(1000);
    expect(await first.open(young, context)).toBe("young");
    expect(await first.open(old, context)).toBe("old");
    // From then on the first one seals with the new key as well.
    expect(await third.open(await first.seal("next", context, clock.now() + 1000), context)).toBe("next");
  });

  test("made-up tokens ask the store at most once a second", async () => {
    const clock = new FakeClock();
    const memory = createMemoryStore({ clock });
    let asked = 0;
    const store: Store = {
      ...memory,
      get(key) {
        asked++;
        return memory.get(key);
      },
    };
    const ring = createKeyRing({ store, clock });
    const { ring: other } = ringOf(OLD);
    const foreign = await other.seal(1, context, clock.now() + 60_000);
    await ring.seal(1, context, clock.now() + 1);
    const before = asked;
    for (let n = 0; n < 10; n++) expect(await ring.open(foreign, context)).toBeUndefined();
    expect(asked).toBe(before);
    clock.advance(1000);
    for (let n = 0; n < 10; n++) expect(await ring.open(foreign, context)).toBeUndefined();
    expect(asked).toBe(before + 1);
  });

  test("it fails while the store is away, and works when it is back", async () => {
    const clock = new FakeClock();
    const memory = createMemoryStore({ clock });
    let away = true;
    const store: Store = { ...memory, get: (key) => (away ? Promise.reject(new Error("away")) : memory.get(key)) };
    const ring = createKeyRing({ store, clock });
    expect(await ring.seal(1, context, clock.now() + 1000).catch(String)).toBe("Error: away");
    away = false;
    expect(await ring.open(await ring.seal(1, context, clock.now() + 1000), context)).toBe(1);
  });
});
