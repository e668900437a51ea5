import { expect, test } from "bun:test";
import { LiveExchange } from "#src/traffic/live-exchange.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

function exchangeWith(told: string[]): LiveExchange {
  const connection = { secure: false, rest: () => void told.push("rest") };
  const watcher = { held: () => {}, over: () => void told.push("over") };
  return new LiveExchange(new Request("http://a.test/"), connection, new FakeClock(), watcher);
}

test("a connection rests once, when the answer is whole", () => {
  const told: string[] = [];
  exchangeWith(told).returned();
  expect(told).toEqual(["rest", "over"]);
});

test("a connection does not rest while an answer is streamed", () => {
  const told: string[] = [];
  const exchange = exchangeWith(told);
  const over = exchange.hold();
  exchange.returned();
  expect(told).toEqual([]);
  over();
  over();
  expect(told).toEqual(["rest", "over"]);
});
