import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Caller } from "#plugins/dubbo/caller.ts";
import { DubboError, type DubboResult } from "#plugins/dubbo/call.ts";
import type { HostOutcome } from "#src/core/route.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import {
  ALIVE,
  type FakeDubboProvider,
  HEARTBEAT,
  READ_ONLY,
  startFakeDubboProvider,
} from "#tests/support/fake-dubbo-provider.ts";
import { freePort } from "#tests/support/unprivileged.ts";
import { until } from "#tests/support/until.ts";

const CALL = { service: "a.B", version: "", group: "", method: "m", types: [], values: [], attachments: {} };
const MINUTE = 60_000;

let provider: FakeDubboProvider;
let clock: FakeClock;
let caller: Caller;
beforeEach(async () => {
  ends.length = 0;
  provider = await startFakeDubboProvider();
  clock = new FakeClock();
  caller = new Caller({ protocol: "dubbo", timeout: 10 * MINUTE }, clock);
});
afterEach(async () => {
  caller.close();
  await provider[Symbol.asyncDispose]();
});

/** The first that is not tried, and what became of it. */
const ends: string[] = [];
const leaseOf = (addresses: readonly string[]) => (tried: ReadonlySet<string>) => {
  const address = addresses.find((one) => !tried.has(one));
  if (address === undefined) return undefined;
  return { address, healthy: true, end: (outcome: HostOutcome) => void ends.push(outcome) };
};

function call(addresses = [provider.address], signal = new AbortController().signal): Promise<DubboResult> {
  return caller.call(CALL, { signal, leaseUpstream: leaseOf(addresses) });
}

/** Why there is no answer. */
const failureOf = (called: Promise<DubboResult>): Promise<string> =>
  called.then(
    () => "an answer",
    (error: unknown) => (error instanceof DubboError ? error.failure : String(error)),
  );

/** Makes a call that is answered. */
async function answered(text = "x"): Promise<void> {
  const before = provider.got.length;
  const called = call();
  provider.answer(await provider.message(before), text);
  expect(await called).toEqual({ value: text });
}

test("calls share a connection, and answers find their calls in any order", async () => {
  const calls = [call(), call(), call()];
  const [a, b, c] = [await provider.message(0), await provider.message(1), await provider.message(2)];
  provider.answer(c, "c");
  provider.answer(a, "a");
  provider.answer(b, "b");
  expect(await Promise.all(calls)).toEqual([{ value: "a" }, { value: "b" }, { value: "c" }]);
  expect(provider.connections).toEqual({ made: 1, open: 1 });
});

test("a connection that breaks takes its calls with it, and the next call opens another", async () => {
  const called = [failureOf(call()), failureOf(call())];
  await provider.message(1);
  provider.hangUp();
  expect(await Promise.all(called)).toEqual(["broken", "broken"]);
  await answered();
  expect(provider.connections.made).toBe(2);
});

test("what is not Dubbo ends the connection", async () => {
  const called = failureOf(call());
  await provider.message(0);
  provider.send(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await called).toBe("broken");
  await provider.opened(0);
});

describe("a call that is no longer waited for", () => {
  test("is out of time, and its answer nobody's", async () => {
    caller.close();
    caller = new Caller({ protocol: "dubbo", timeout: 500 }, clock);
    const called = failureOf(call());
    const late = await provider.message(0);
    clock.advance(500);
    expect(await called).toBe("timeout");
    provider.answer(late, "late");
    await answered();
    expect(provider.connections.made).toBe(1);
  });

  test("has a client that has gone", async () => {
    const client = new AbortController();
    const called = failureOf(call(undefined, client.signal));
    await provider.message(0);
    client.abort();
    expect(await called).toBe("aborted");
    expect(await failureOf(call(undefined, client.signal))).toBe("aborted");
  });
});

describe("heartbeats", () => {
  test("are answered", async () => {
    await answered();
    provider.send(HEARTBEAT);
    expect(await provider.message(1)).toMatchObject({ kind: "event", id: 77n, twoWay: false, status: 20 });
  });

  test("are sent; a provider that answers is kept, one that does not is left", async () => {
    const called = failureOf(call());
    await provider.message(0);
    clock.advance(MINUTE);
    expect(await provider.message(1)).toMatchObject({ kind: "event", twoWay: true });
    provider.send(ALIVE);
    // What comes later has been read after it.
    await answered();
    clock.advance(MINUTE);
    await provider.message(3);
    clock.advance(MINUTE);
    expect(await called).toBe("broken");
    await provider.opened(0);
    await answered();
    expect(provider.connections.made).toBe(2);
  });

  test("five without a call, and the connection is closed", async () => {
    await answered();
    for (let beat = 1; beat < 5; beat++) {
      clock.advance(MINUTE);
      await provider.message(beat);
      provider.send(HEARTBEAT);
      await until("the other heartbeat is answered", () => provider.got.length > beat * 2);
    }
    expect(provider.connections.open).toBe(1);
    clock.advance(MINUTE);
    await provider.opened(0);
    expect(clock.pending).toBe(0);
  });
});

test("a provider that is about to go still answers, and gets no further calls", async () => {
  const called = call();
  const under = await provider.message(0);
  provider.send(READ_ONLY);
  provider.send(HEARTBEAT);
  await provider.message(1);
  await answered("new");
  expect(provider.connections).toEqual({ made: 2, open: 2 });
  provider.answer(under, "old");
  expect(await called).toEqual({ value: "old" });
  await provider.opened(1);
});

test("a provider that reads nothing gets only so much", async () => {
  await using deaf = await startFakeDubboProvider({ reads: false });
  const large = { ...CALL, values: ["x".repeat(9 * 2 ** 20)] };
  const calls = Array.from({ length: 4 }, () =>
    failureOf(caller.call(large, { signal: new AbortController().signal, leaseUpstream: leaseOf([deaf.address]) })),
  );
  expect(await calls[3]).toBe("unreachable");
  deaf.hangUp();
  expect(await Promise.all(calls.slice(0, 2))).toEqual(["broken", "broken"]);
});

describe("endpoints", () => {
  test("others are asked only where one could not be reached", async () => {
    const gone = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const called = call([...gone, provider.address]);
    provider.answer(await provider.message(0), "x");
    expect(await called).toEqual({ value: "x" });
    expect(ends).toEqual(["unreachable", "unreachable", "reached"]);
    expect(await failureOf(call(gone))).toBe("unreachable");
    expect(await failureOf(call([]))).toBe("unreachable");
  });

  test("are told of", async () => {
    await using other = await startFakeDubboProvider();
    const [broken, aborted] = [call([provider.address, other.address]), new AbortController()];
    await provider.message(0);
    provider.hangUp();
    expect(await failureOf(broken)).toBe("broken");
    const left = failureOf(call([other.address], aborted.signal));
    await other.message(0);
    aborted.abort();
    await left;
    caller.close();
    caller = new Caller({ protocol: "dubbo", timeout: 500 }, clock);
    const late = failureOf(call([other.address]));
    await other.message(1);
    clock.advance(500);
    await late;
    expect(ends).toEqual(["broken", "unknown", "late"]);
  });
});

test("closing ends what is open, and what is under way", async () => {
  const called = failureOf(call());
  await provider.message(0);
  caller.close();
  expect(await called).toBe("broken");
  await provider.opened(0);
  expect(clock.pending).toBe(0);
});
