import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { relay, type RelayOptions } from "#src/traffic/ai/relay.ts";
import type { StreamWork } from "#src/traffic/ai/stream-work.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Ended {
  bytes: number;
  code: string | undefined;
}

/** A relay over a provider that hands out `chunks`; what came of it is in `ended`. */
function relaying(chunks: readonly (Uint8Array | Error)[], given: Partial<RelayOptions> = {}) {
  const queue = [...chunks];
  const ended: Ended[] = [];
  const seen = { reads: 0, cancelled: 0 };
  const work: StreamWork = {
    push: (chunk) => chunk,
    end: () => undefined,
    facts: {},
    told: false,
    losses: [],
  };
  const controller = new AbortController();
  const body = relay(bytes("first "), {
    reader: {
      read() {
        seen.reads++;
        const next = queue.shift();
        if (next instanceof Error) return Promise.reject(next);
        return Promise.resolve(next === undefined ? { done: true } : { done: false, value: next });
      },
      cancel() {
        seen.cancelled++;
        return Promise.resolve();
      },
    },
    work,
    idle: { wait() {}, done() {}, close() {} },
    signal: controller.signal,
    faultOf: (thrown) => (thrown instanceof Fault ? thrown : new Fault("upstream_cut", "cut")),
    errorText: (fault) => `[error ${fault.code}]`,
    done: (count, fault) => ended.push({ bytes: count, code: fault?.code }),
    ...given,
  });
  return { body, ended, seen, controller };
}

const textOf = (body: ReadableStream<Uint8Array>): Promise<string> => new Response(body).text();

describe("relay", () => {
  test("passes everything on and tells how much", async () => {
    const { body, ended } = relaying([bytes("second "), bytes("third")]);
    expect(await textOf(body)).toBe("first second third");
    expect(ended).toEqual([{ bytes: 18, code: undefined }]);
  });

  test("ends a stream that breaks with the client's error event", async () => {
    const { body, ended } = relaying([bytes("second "), new Error("reset")]);
    expect(await textOf(body)).toBe("first second [error upstream_cut]");
    expect(ended.map(({ code }) => code)).toEqual(["upstream_cut"]);
  });

  test("ends a stream whose end came too early with an error, unless the client was told", async () => {
    const fault = new Fault("upstream_cut", "early");
    const work = (told: boolean): StreamWork => ({
      push: (c) => c,
      end: () => undefined,
      facts: { fault },
      told,
      losses: [],
    });
    expect(await textOf(relaying([], { work: work(false) }).body)).toBe("first [error upstream_cut]");
    const told = relaying([], { work: work(true) });
    expect(await textOf(told.body)).toBe("first ");
    expect(told.ended).toEqual([{ bytes: 6, code: "upstream_cut" }]);
  });

  test("work that throws fails the stream", async () => {
    const work: StreamWork = {
      push() {
        throw new Fault("upstream_garbage", "too long");
      },
      end: () => undefined,
      facts: {},
      told: false,
      losses: [],
    };
    const { body, seen } = relaying([], { work });
    expect(await textOf(body)).toBe("[error upstream_garbage]");
    expect(seen.cancelled).toBe(1);
  });

  test("reads no more than the client takes", async () => {
    const { body, seen } = relaying([bytes("a"), bytes("b"), bytes("c")]);
    const reader = body.getReader();
    expect(seen.reads).toBe(0);
    await reader.read();
    expect(seen.reads).toBe(0);
    await reader.read();
    expect(seen.reads).toBe(1);
  });

  test("asks again while the work holds chunks back", async () => {
    const work: StreamWork = {
      push: (chunk) => (chunk.length > 1 ? chunk : undefined),
      end: () => bytes("."),
      facts: {},
      told: false,
      losses: [],
    };
    const { body } = relaying([bytes("x"), bytes("y"), bytes("zz")], { work });
    expect(await textOf(body)).toBe("first zz.");
  });

  test("a client that leaves ends the provider's stream, once", async () => {
    const { body, ended, seen, controller } = relaying([bytes("a")]);
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    controller.abort(new Fault("client_closed", "left"));
    expect(ended).toEqual([{ bytes: 6, code: "client_closed" }]);
    expect(seen.cancelled).toBe(1);
  });

  test("a client that leaves while nobody reads is noticed by the signal", () => {
    const { ended, seen, controller } = relaying([bytes("a")]);
    controller.abort(new Fault("client_closed", "left"));
    expect(ended).toEqual([{ bytes: 0, code: "client_closed" }]);
    expect(seen.cancelled).toBe(1);
  });
});
