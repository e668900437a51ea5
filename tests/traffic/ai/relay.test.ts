import { describe, expect, test } from "bun:test";
import { AnswerBody } from "#src/core/answer-body.ts";
import { openWebStream } from "#src/core/client-stream.ts";
import { Fault } from "#src/core/fault.ts";
import { relay, type RelayOptions } from "#src/traffic/ai/relay.ts";
import type { StreamWork } from "#src/traffic/ai/stream-work.ts";
import { Cancelling } from "#tests/support/cancelling.ts";

const KIB = 1024;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Ended {
  bytes: number;
  code: string | undefined;
}

const passing: StreamWork = { push: (chunk) => chunk, end: () => undefined, facts: {}, told: false, losses: [] };

/** A relay behind a provider that is played by `provider`; what came of it is in `ended` and `seen`. */
function relaying(given: Partial<RelayOptions> = {}) {
  const ended: Ended[] = [];
  const seen = { held: 0, resumed: 0, cancelled: 0, idleRuns: false };
  const provider = new AnswerBody({
    pause: () => void seen.held++,
    resume: () => void seen.resumed++,
    cancel: () => void seen.cancelled++,
  });
  const cancellation = new Cancelling();
  const body = relay(bytes("first "), {
    open: openWebStream,
    body: provider,
    work: passing,
    idle: {
      wait: () => void (seen.idleRuns = true),
      done: () => void (seen.idleRuns = false),
      close: () => void (seen.idleRuns = false),
    },
    cancellation,
    faultOf: (thrown) => (thrown instanceof Fault ? thrown : new Fault("upstream_cut", "cut")),
    errorText: (fault) => `[error ${fault.code}]`,
    done: (count, fault) => ended.push({ bytes: count, code: fault?.code }),
    ...given,
  });
  return { body, provider, ended, seen, cancellation };
}

/** The same with a provider that has said everything before anybody asks. */
function relayed(chunks: readonly (string | Error)[], given: Partial<RelayOptions> = {}) {
  const relayingIt = relaying(given);
  for (const chunk of chunks) {
    if (typeof chunk === "string") relayingIt.provider.chunk(bytes(chunk));
    else relayingIt.provider.fail(chunk);
  }
  relayingIt.provider.end();
  return relayingIt;
}

const textOf = (body: ReadableStream<Uint8Array>): Promise<string> => new Response(body).text();
const decoded = ({ value }: { value?: Uint8Array | undefined }): string => new TextDecoder().decode(value);

describe("relay", () => {
  test("passes everything on and tells how much", async () => {
    const { body, ended } = relayed(["second ", "third"]);
    expect(await textOf(body)).toBe("first second third");
    expect(ended).toEqual([{ bytes: 18, code: undefined }]);
  });

  test("passes each chunk on as it comes, what came before the first read first", async () => {
    const { body, provider } = relaying();
    provider.chunk(bytes("early "));
    const reader = body.getReader();
    expect(decoded(await reader.read())).toBe("first ");
    expect(decoded(await reader.read())).toBe("early ");
    const next = reader.read();
    provider.chunk(bytes("late"));
    expect(decoded(await next)).toBe("late");
    provider.end();
    expect((await reader.read()).done).toBe(true);
  });

  test("ends a stream that breaks with the client's error event", async () => {
    const { body, ended } = relayed(["second ", new Error("reset")]);
    expect(await textOf(body)).toBe("first second [error upstream_cut]");
    expect(ended.map(({ code }) => code)).toEqual(["upstream_cut"]);
  });

  test("ends a stream whose end came too early with an error, unless the client was told", async () => {
    const facts = { fault: new Fault("upstream_cut", "early") };
    const untold = relayed([], { work: { ...passing, facts } });
    expect(await textOf(untold.body)).toBe("first [error upstream_cut]");
    const told = relayed([], { work: { ...passing, facts, told: true } });
    expect(await textOf(told.body)).toBe("first ");
    expect(told.ended).toEqual([{ bytes: 6, code: "upstream_cut" }]);
  });

  test("work that throws fails the stream", async () => {
    const push = (): never => {
      throw new Fault("upstream_garbage", "too long");
    };
    const { body, seen } = relaying({ work: { ...passing, push } });
    expect(await textOf(body)).toBe("[error upstream_garbage]");
    expect(seen.cancelled).toBe(1);
  });

  test("work that throws at the end fails the stream", async () => {
    const end = (): never => {
      throw new Fault("upstream_garbage", "half an event");
    };
    const { body, ended } = relayed(["second "], { work: { ...passing, end } });
    expect(await textOf(body)).toBe("first second [error upstream_garbage]");
    expect(ended.map(({ code }) => code)).toEqual(["upstream_garbage"]);
  });

  test("work that fails in the middle ends the provider's stream, too", async () => {
    const facts: { fault?: Fault } = {};
    const push = (chunk: Uint8Array): Uint8Array => {
      if (chunk.length === 3) facts.fault = new Fault("upstream_error", "no more");
      return chunk;
    };
    const { body, provider, seen, ended } = relaying({ work: { ...passing, push, facts } });
    for (const chunk of ["a ", "bad", "never seen"]) provider.chunk(bytes(chunk));
    expect(await textOf(body)).toBe("first a bad[error upstream_error]");
    expect(seen.cancelled).toBe(1);
    expect(ended).toEqual([{ bytes: "first a bad[error upstream_error]".length, code: "upstream_error" }]);
  });

  test("takes nothing before the client reads", async () => {
    const { body, provider, seen } = relaying();
    provider.chunk(new Uint8Array(64 * KIB));
    expect(seen).toMatchObject({ held: 1, resumed: 0 });
    const reader = body.getReader();
    expect((await reader.read()).value).toHaveLength(6);
    expect(seen).toMatchObject({ held: 1, resumed: 1 });
  });

  test("a slow client holds the provider back beyond 64 KiB, and no idle deadline runs meanwhile", async () => {
    const { body, provider, seen } = relaying();
    const reader = body.getReader();
    await reader.read();
    expect(seen.idleRuns).toBe(true);
    provider.chunk(new Uint8Array(64 * KIB));
    expect(seen).toMatchObject({ held: 0, idleRuns: true });
    provider.chunk(bytes("x"));
    expect(seen).toMatchObject({ held: 1, idleRuns: false });
    expect((await reader.read()).value).toHaveLength(64 * KIB);
    expect((await reader.read()).value).toHaveLength(1);
    expect(seen).toMatchObject({ held: 1, resumed: 0, idleRuns: false });
    const next = reader.read();
    expect(seen).toMatchObject({ held: 1, resumed: 1, idleRuns: true });
    provider.chunk(bytes("y"));
    expect(decoded(await next)).toBe("y");
  });

  test("a slow client holds the provider back by what came before its first read, too", async () => {
    const { body, provider, seen } = relaying();
    provider.chunk(new Uint8Array(64 * KIB));
    provider.chunk(bytes("x"));
    const reader = body.getReader();
    await reader.read();
    expect(seen.held - seen.resumed).toBe(1);
    expect(seen.idleRuns).toBe(false);
    await reader.read();
    await reader.read();
    void reader.read();
    expect(seen.held - seen.resumed).toBe(0);
    expect(seen.idleRuns).toBe(true);
  });

  test("what comes while the provider is held back is kept", async () => {
    const { body, provider } = relaying();
    const reader = body.getReader();
    await reader.read();
    provider.chunk(new Uint8Array(64 * KIB + 1));
    provider.chunk(bytes("behind"));
    provider.end();
    expect((await reader.read()).value).toHaveLength(64 * KIB + 1);
    expect(decoded(await reader.read())).toBe("behind");
    expect((await reader.read()).done).toBe(true);
  });

  test("asks again while the work holds chunks back", async () => {
    const push = (chunk: Uint8Array): Uint8Array | undefined => (chunk.length > 1 ? chunk : undefined);
    const { body } = relayed(["x", "y", "zz"], { work: { ...passing, push, end: () => bytes(".") } });
    expect(await textOf(body)).toBe("first zz.");
  });

  describe("work that has something to finish first", () => {
    /** Work whose every chunk has to wait for `saved`. */
    function waiting(saved: Promise<void>): StreamWork {
      return { ...passing, facts: {}, pending: saved };
    }

    test("holds chunks and the end back until it is over, in their order", async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { body, provider, ended } = relaying({ work: waiting(promise) });
      const reader = body.getReader();
      const first = reader.read();
      provider.chunk(bytes("second"));
      provider.end();
      await Promise.resolve();
      expect(ended).toEqual([]);
      resolve();
      expect(decoded(await first)).toBe("first ");
      expect(decoded(await reader.read())).toBe("second");
      expect((await reader.read()).done).toBe(true);
      expect(ended).toEqual([{ bytes: 12, code: undefined }]);
    });

    test("that fails fails the stream", async () => {
      const failed = Promise.reject(new Fault("internal", "no store"));
      const { body, seen } = relaying({ work: waiting(failed) });
      expect(await textOf(body)).toBe("[error internal]");
      expect(seen.cancelled).toBe(1);
    });

    test("a client that leaves meanwhile is told nothing more", async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { body, ended, seen } = relaying({ work: waiting(promise) });
      const reader = body.getReader();
      void reader.read();
      await reader.cancel();
      resolve();
      await promise;
      expect(ended).toEqual([{ bytes: 0, code: "client_closed" }]);
      expect(seen.cancelled).toBe(1);
    });
  });

  test("a deadline ends the stream with the client's error event, and the provider's stream", async () => {
    const { body, provider, seen, cancellation, ended } = relaying();
    const reader = body.getReader();
    await reader.read();
    cancellation.abort(new Fault("idle_timeout", "silent"));
    provider.chunk(bytes("too late"));
    expect(decoded(await reader.read())).toBe("[error idle_timeout]");
    expect((await reader.read()).done).toBe(true);
    expect(seen.cancelled).toBe(1);
    expect(ended.map(({ code }) => code)).toEqual(["idle_timeout"]);
  });

  test("a client that leaves ends the provider's stream, once", async () => {
    const { body, provider, ended, seen, cancellation } = relaying();
    provider.chunk(bytes("a"));
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    cancellation.abort(new Fault("client_closed", "left"));
    provider.chunk(bytes("b"));
    provider.end();
    expect(ended).toEqual([{ bytes: 7, code: "client_closed" }]);
    expect(seen).toMatchObject({ cancelled: 1, idleRuns: false });
  });

  test("a client that leaves while nobody reads is noticed by the cancellation", () => {
    const { ended, seen, cancellation } = relaying();
    cancellation.abort(new Fault("client_closed", "left"));
    expect(ended).toEqual([{ bytes: 0, code: "client_closed" }]);
    expect(seen).toMatchObject({ cancelled: 1, idleRuns: false });
  });

  test("a client that had left before is noticed, too", () => {
    const cancellation = new Cancelling();
    cancellation.fault = new Fault("client_closed", "left");
    const { ended, seen } = relaying({ cancellation });
    expect(ended).toEqual([{ bytes: 0, code: "client_closed" }]);
    expect(seen.cancelled).toBe(1);
  });
});
