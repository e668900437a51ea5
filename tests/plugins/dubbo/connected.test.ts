import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { connected, hostAndPort } from "#plugins/dubbo/connected.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

class Connecting extends EventEmitter {
  destroyed = 0;
  destroy(): void {
    this.destroyed += 1;
  }
}

test("a connection that does not come is given up", async () => {
  const [socket, clock] = [new Connecting(), new FakeClock()];
  const result = connected(socket, "10.0.0.1:1", clock);
  clock.advance(3000);
  expect(result).rejects.toThrow("10.0.0.1:1 cannot be reached: there was no connection in time");
  await result.catch(() => {});
  expect(socket.destroyed).toBe(1);
  // A later one harms nobody.
  socket.emit("error", new Error("reset"));
});

test("one that is refused is told, one that comes leaves nothing behind", async () => {
  const [refused, made, clock] = [new Connecting(), new Connecting(), new FakeClock()];
  const result = connected(refused, "a:1", clock);
  refused.emit("error", new Error("ECONNREFUSED"));
  expect(result).rejects.toThrow("a:1 cannot be reached: ECONNREFUSED");
  await result.catch(() => {});
  const good = connected(made, "a:1", clock);
  made.emit("connect");
  await good;
  expect([made.listenerCount("error"), clock.pending]).toEqual([0, 0]);
});

test.each([
  ["10.0.0.1:20880", "10.0.0.1", 20880],
  ["[::1]:20880", "::1", 20880],
  ["orders.example.com:1", "orders.example.com", 1],
])("%s", (address, host, port) => {
  expect(hostAndPort(address)).toEqual({ host, port });
});
