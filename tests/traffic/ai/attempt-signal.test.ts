import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { AttemptSignal } from "#src/traffic/ai/attempt-signal.ts";
import { DeadlineWatch } from "#src/traffic/deadline-watch.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

function attempted(client: AbortSignal = new AbortController().signal) {
  const clock = new FakeClock();
  return { clock, attempt: new AttemptSignal(client, new DeadlineWatch(clock), "mine") };
}

describe("attempt signal", () => {
  test("a wait that lasts too long ends it with its own fault", () => {
    const { clock, attempt } = attempted();
    attempt.begin("first_byte_timeout", 100);
    clock.advance(99);
    expect(attempt.fault).toBeUndefined();
    clock.advance(151);
    expect(attempt.fault?.code).toBe("first_byte_timeout");
    expect(attempt.fault?.message).toContain("'mine'");
    expect(attempt.signal.aborted).toBe(true);
    expect(attempt.signal.reason).toBe(attempt.fault);
  });

  test("a wait that is over does nothing, and 0 is no limit", () => {
    const { clock, attempt } = attempted();
    attempt.begin("first_byte_timeout", 100);
    attempt.done();
    clock.advance(1e6);
    attempt.begin("idle_timeout", 0);
    attempt.limit(0, 5);
    clock.advance(1e6);
    expect(attempt.signal.aborted).toBe(false);
  });

  test("each wait begins anew, and a new kind takes the place of the one before", () => {
    const { clock, attempt } = attempted();
    attempt.begin("first_byte_timeout", 100);
    clock.advance(90);
    attempt.begin("idle_timeout", 1000);
    for (let chunk = 0; chunk < 5; chunk++) {
      clock.advance(900);
      attempt.wait();
    }
    expect(attempt.fault).toBeUndefined();
    clock.advance(1200);
    expect(attempt.fault?.code).toBe("idle_timeout");
  });

  test("the whole has a limit whatever the waits are, what is over of it counted", () => {
    const { clock, attempt } = attempted();
    attempt.limit(1000, 400);
    attempt.begin("idle_timeout", 200);
    for (let chunk = 0; chunk < 5; chunk++) {
      clock.advance(100);
      attempt.wait();
    }
    expect(attempt.fault).toBeUndefined();
    attempt.done();
    clock.advance(300);
    expect(attempt.fault?.code).toBe("total_timeout");
  });

  test("a limit that is over already ends it at the next look", () => {
    const { clock, attempt } = attempted();
    attempt.limit(1000, 5000);
    clock.advance(150);
    expect(attempt.fault?.code).toBe("total_timeout");
  });

  test("the client's leaving ends it, before or after its begin", () => {
    const client = new AbortController();
    const { attempt } = attempted(client.signal);
    client.abort();
    expect(attempt.fault?.code).toBe("client_closed");
    expect(attempted(client.signal).attempt.fault?.code).toBe("client_closed");
  });

  test("who listens is told once, and the first reason stays", () => {
    const client = new AbortController();
    const { clock, attempt } = attempted(client.signal);
    let told = 0;
    attempt.onAbort = () => told++;
    attempt.begin("first_byte_timeout", 100);
    attempt.abort(new Fault("idle_timeout", "idle"));
    client.abort();
    clock.advance(1000);
    expect(attempt.fault?.code).toBe("idle_timeout");
    expect(told).toBe(1);
  });

  test("after release nothing ends it", () => {
    const client = new AbortController();
    const { clock, attempt } = attempted(client.signal);
    attempt.begin("first_byte_timeout", 100);
    attempt.release();
    client.abort();
    clock.advance(1000);
    expect(attempt.signal.aborted).toBe(false);
  });

  test("a signal asked for after the end is aborted", () => {
    const { attempt } = attempted();
    const fault = new Fault("idle_timeout", "idle");
    attempt.abort(fault);
    expect(attempt.signal.reason).toBe(fault);
  });
});
