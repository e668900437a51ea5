import { describe, expect, test } from "bun:test";
import { array, assert, asyncProperty, constantFrom, integer, oneof, record } from "fast-check";
import { AnswerBody, type BodySink } from "#src/core/answer-body.ts";

const KIB = 1024;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (chunk: Uint8Array | undefined): string | undefined =>
  chunk === undefined ? undefined : new TextDecoder().decode(chunk);

/** A body whose source is held back or not, as far as it was told. */
class Source {
  readonly body: AnswerBody = new AnswerBody(this);
  heldBack = false;
  cancelled = 0;

  pause(): void {
    this.heldBack = true;
  }

  resume(): void {
    this.heldBack = false;
  }

  cancel(): void {
    this.cancelled++;
  }
}

/** Notes what it is told. */
class Notes implements BodySink {
  readonly told: string[] = [];

  chunk(chunk: Uint8Array): void {
    this.told.push(textOf(chunk) ?? "");
  }

  end(): void {
    this.told.push("END");
  }

  fail(error: unknown): void {
    this.told.push(String(error));
  }
}

describe("read", () => {
  test("gives chunk by chunk what came, then the end", async () => {
    const { body } = new Source();
    body.chunk(bytes("a"));
    body.chunk(bytes("b"));
    expect(textOf(await body.read())).toBe("a");
    expect(textOf(await body.read())).toBe("b");
    const next = body.read();
    body.chunk(bytes("c"));
    expect(textOf(await next)).toBe("c");
    const last = body.read();
    body.end();
    expect(await last).toBeUndefined();
    expect(await body.read()).toBeUndefined();
  });

  test("gives what came before a failure, then the failure, again and again", async () => {
    const { body } = new Source();
    body.chunk(bytes("a"));
    body.fail(new Error("cut"));
    body.end();
    expect(textOf(await body.read())).toBe("a");
    expect(body.read()).rejects.toThrow("cut");
    expect(body.read()).rejects.toThrow("cut");
  });

  test("lets the source go on when there is nothing left, not before", async () => {
    const source = new Source();
    source.body.chunk(new Uint8Array(64 * KIB - 1));
    expect(source.heldBack).toBe(false);
    source.body.chunk(bytes("x"));
    expect(source.heldBack).toBe(true);
    await source.body.read();
    await source.body.read();
    expect(source.heldBack).toBe(true);
    const next = source.body.read();
    expect(source.heldBack).toBe(false);
    source.body.end();
    expect(await next).toBeUndefined();
  });

  test("ends when somebody else does not want the rest", async () => {
    const source = new Source();
    const next = source.body.read();
    source.body.cancel();
    source.body.cancel();
    source.body.chunk(bytes("late"));
    expect(await next).toBeUndefined();
    expect(await source.body.read()).toBeUndefined();
    expect(source.cancelled).toBe(1);
  });
});

describe("takeWhole and empty", () => {
  test("know a body that is there", () => {
    const { body } = new Source();
    expect([body.empty, body.takeWhole()]).toEqual([false, undefined]);
    body.chunk(bytes("all"));
    expect([body.empty, body.takeWhole()]).toEqual([false, undefined]);
    body.end();
    expect([body.empty, textOf(body.takeWhole()), body.takeWhole(), body.empty]).toEqual([
      false,
      "all",
      undefined,
      true,
    ]);
  });

  test("say nothing of one in pieces, and of one that failed", () => {
    const pieces = new Source().body;
    pieces.chunk(bytes("a"));
    pieces.chunk(bytes("b"));
    pieces.end();
    expect(pieces.takeWhole()).toBeUndefined();
    const failed = new Source().body;
    failed.fail(new Error("cut"));
    expect([failed.empty, failed.takeWhole()]).toEqual([false, undefined]);
  });
});

describe("flow", () => {
  test("hands on what was kept, then what comes, then the end", () => {
    const { body } = new Source();
    const notes = new Notes();
    body.chunk(bytes("a"));
    body.flow(notes);
    body.chunk(bytes("b"));
    body.end();
    body.end();
    body.fail(new Error("too late"));
    expect(notes.told).toEqual(["a", "b", "END"]);
  });

  test("hands on a failure, also one from before", () => {
    for (const before of [true, false]) {
      const { body } = new Source();
      const notes = new Notes();
      body.chunk(bytes("a"));
      if (before) body.fail(new Error("cut"));
      body.flow(notes);
      if (!before) body.fail(new Error("cut"));
      expect(notes.told).toEqual(["a", "Error: cut"]);
    }
  });

  test("leaves a source held back when its sink says so over what was kept", () => {
    const source = new Source();
    source.body.chunk(new Uint8Array(64 * KIB));
    expect(source.heldBack).toBe(true);
    source.body.flow({ chunk: () => source.body.pause(), end() {}, fail() {} });
    expect(source.heldBack).toBe(true);
    source.body.resume();
    expect(source.heldBack).toBe(false);
  });

  test("tells a sink nothing more once it has cancelled", () => {
    const source = new Source();
    const notes = new Notes();
    for (const text of ["a", "b"]) source.body.chunk(bytes(text));
    source.body.flow({
      chunk(chunk) {
        notes.chunk(chunk);
        source.body.cancel();
      },
      end: () => notes.end(),
      fail: (error) => notes.fail(error),
    });
    source.body.chunk(bytes("c"));
    source.body.end();
    expect(notes.told).toEqual(["a"]);
    expect(source.cancelled).toBe(1);
  });
});

test("whoever takes a body, by reads or by flows that stop, gets all of it in its order, and it is never held back in vain", async () => {
  const step = oneof(
    record({ do: constantFrom("push"), size: integer({ min: 1, max: 40 * KIB }) }),
    record({ do: constantFrom("read", "flow", "stop", "end"), size: integer({ min: 0, max: 3 }) }),
  );
  await assert(
    asyncProperty(array(step, { maxLength: 40 }), async (steps) => {
      const source = new Source();
      const { body } = source;
      const pushed: number[] = [];
      const taken: number[] = [];
      let [over, flowing, reading] = [false, false, false];
      let stopAfter = 0;
      let pending: Promise<void> | undefined;
      const sink: BodySink = {
        chunk(chunk) {
          taken.push(chunk.byteLength);
          if (--stopAfter > 0) return;
          flowing = false;
          body.stop();
        },
        end() {},
        fail() {},
      };
      const read = async (): Promise<void> => {
        reading = true;
        const chunk = await body.read();
        reading = false;
        if (chunk !== undefined) taken.push(chunk.byteLength);
      };
      for (const { do: what, size } of steps) {
        if (what === "push" && !over) {
          pushed.push(size);
          body.chunk(new Uint8Array(size));
        } else if (what === "end") {
          over = true;
          body.end();
        } else if (what === "stop" && flowing) {
          flowing = false;
          body.stop();
        } else if (what === "read" && !flowing && !reading) pending = read();
        else if (what === "flow" && !flowing && !reading) {
          flowing = true;
          stopAfter = size + 1;
          body.flow(sink);
        }
        if (flowing || (reading && pushed.length === taken.length)) expect(source.heldBack && !over).toBe(false);
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
      }
      body.stop();
      body.end();
      await pending;
      while (taken.length < pushed.length) await read();
      expect(taken).toEqual(pushed);
    }),
  );
});
