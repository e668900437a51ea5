import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { AttemptSignal } from "#src/traffic/ai/attempt-signal.ts";
import { DeadlineWatch } from "#src/traffic/deadline-watch.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

const late = (): Fault => new Fault("first_byte_timeout", "late");

describe("attempt signal", () => {
  test("a deadline ends it with its own fault", () => {
    const clock = new FakeClock();
    const attempt = new AttemptSignal(new AbortController().signal, new DeadlineWatch(clock));
    attempt.limit(100, late);
    clock.advance(250);
    expect(attempt.signal.aborted).toBe(true);
    expect(attempt.fault?.code).toBe("first_byte_timeout");
    expect(attempt.signal.reason).toBe(attempt.fault);
  });

  test("a deadline that is lifted does nothing, and 0 is none", () => {
    const clock = new FakeClock();
    const attempt = new AttemptSignal(new AbortController().signal, new DeadlineWatch(clock));
    attempt.limit(100, late)();
    attempt.limit(0, late);
    clock.advance(1e9);
    expect(attempt.signal.aborted).toBe(false);
  });

  test("the client's leaving ends it, before or after its begin", () => {
    const client = new AbortController();
    const attempt = new AttemptSignal(client.signal, new DeadlineWatch(new FakeClock()));
    client.abort();
    expect(attempt.fault?.code).toBe("client_closed");
    expect(new AttemptSignal(client.signal, new DeadlineWatch(new FakeClock())).fault?.code).toBe("client_closed");
  });

  test("the first reason stays, and after release nothing ends it", () => {
    const clock = new FakeClock();
    const client = new AbortController();
    const attempt = new AttemptSignal(client.signal, new DeadlineWatch(clock));
    attempt.limit(100, late);
    attempt.abort(new Fault("idle_timeout", "idle"));
    client.abort();
    clock.advance(1000);
    expect(attempt.fault?.code).toBe("idle_timeout");

    const released = new AttemptSignal(new AbortController().signal, new DeadlineWatch(clock));
    released.limit(100, late);
    released.release();
    clock.advance(1000);
    expect(released.signal.aborted).toBe(false);
  });
});
