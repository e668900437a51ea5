import { expect, test } from "bun:test";
import { DEFAULT_RETRY, type RetryCondition } from "#src/traffic/http/http-options.ts";
import { compileRetry } from "#src/traffic/http/retry.ts";

const policy = (...on: RetryCondition[]): ReturnType<typeof compileRetry> => compileRetry({ attempts: 1, on });

test.each([
  [["5xx"], [500, 502, 599], [200, 404, 429, 499]],
  [["gateway-error"], [502, 503, 504], [500, 501, 505]],
  [
    ["429", "404"],
    [429, 404],
    [500, 403],
  ],
  [["connect-failure", "reset", "timeout"], [], [500, 503, 429]],
] as [RetryCondition[], number[], number[]][])("%j", (on, yes, no) => {
  expect(yes.filter((status) => !policy(...on).afterStatus(status, "GET"))).toEqual([]);
  expect(no.filter((status) => policy(...on).afterStatus(status, "GET"))).toEqual([]);
});

test("failures: each by its own name, all by 5xx and gateway-error", () => {
  const kinds = ["connect-failure", "reset", "timeout"] as const;
  for (const kind of kinds) {
    const alone = policy(kind);
    expect(kinds.filter((other) => alone.afterFailure(other, "GET"))).toEqual([kind]);
    expect(policy("5xx").afterFailure(kind, "GET")).toBeTrue();
    expect(policy("gateway-error").afterFailure(kind, "GET")).toBeTrue();
    expect(policy("503").afterFailure(kind, "GET")).toBeFalse();
  }
});

test("a POST is repeated only when nothing of it arrived, or when the route says so", () => {
  expect(policy("5xx").afterStatus(503, "POST")).toBeFalse();
  expect(policy("5xx").afterFailure("reset", "POST")).toBeFalse();
  expect(policy("5xx").afterFailure("connect-failure", "POST")).toBeTrue();
  const eager = compileRetry({ attempts: 1, on: ["5xx"], nonIdempotent: true });
  expect(eager.afterStatus(503, "POST")).toBeTrue();
  expect(compileRetry(DEFAULT_RETRY).afterFailure("reset", "PATCH")).toBeFalse();
});

test("pauses grow up to a bound", () => {
  const waiting = policy();
  expect([1, 2, 3, 4, 5, 9].map((tries) => waiting.delay(tries, () => 0))).toEqual([25, 50, 100, 200, 250, 250]);
  expect(waiting.delay(1, () => 0.99)).toBeLessThan(13);
});
