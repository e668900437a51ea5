import { describe, expect, test } from "bun:test";
import { type Binding, Listeners } from "#src/command/listeners.ts";
import type { Host, ListenOptions } from "#src/core/host.ts";

/** A host whose ports are a list. */
class FakeHost {
  /** `hostname:port` of what is open, and with how many certificates. */
  readonly open = new Set<string>();
  readonly log: string[] = [];
  /** Ports that cannot be opened. */
  readonly refused = new Set<number>();
  readonly listen: Host["listen"] = ({ hostname, port, certificates = [] }: ListenOptions) => {
    const key = `${hostname}:${port}`;
    if (this.refused.has(port)) return Promise.reject(new Error(`port ${port} is refused`));
    if (this.open.has(key)) return Promise.reject(new Error(`port ${port} is in use`));
    this.open.add(key);
    this.log.push(`open ${key} ${certificates.map(({ cert }) => cert).join("")}`.trim());
    return Promise.resolve({
      port,
      stop: (force: boolean) => {
        this.open.delete(key);
        this.log.push(`${force ? "cut" : "close"} ${key}`);
        return Promise.resolve();
      },
    });
  };

  asHost(): Host {
    const absent = (): never => {
      throw new Error("not needed here");
    };
    return { runtime: "bun", listen: this.listen, fetch: absent, probe: absent, connectWebSocket: absent };
  }
}

const at = (port: number, more: Partial<Binding> = {}): Binding => ({
  kind: "gateway",
  hostname: "127.0.0.1",
  port,
  ...more,
});
const secured = (port: number, cert: string): Binding => at(port, { certificates: [{ cert, key: "k" }] });

function setUp() {
  const host = new FakeHost();
  const answer = () => new Response();
  return { host, listeners: new Listeners(host.asHost(), { gateway: answer, admin: answer }) };
}

const failureOf = (update: Promise<void>): Promise<string> =>
  update.then(
    () => "nothing",
    (error: Error) => error.message,
  );

const ports = (listeners: Listeners): number[] => listeners.open.map(({ port }) => port).sort((a, b) => a - b);

test("an update opens what is new and closes what is gone, and touches nothing else", async () => {
  const { host, listeners } = setUp();
  await listeners.update([at(1), at(2), at(9, { kind: "admin" })]);
  host.log.length = 0;
  await listeners.update([at(2), at(3), at(9, { kind: "admin" })]);
  expect(host.log).toEqual(["open 127.0.0.1:3", "close 127.0.0.1:1"]);
  expect(ports(listeners)).toEqual([2, 3, 9]);
  host.log.length = 0;
  await listeners.update([at(3), at(2), at(9, { kind: "admin" })]);
  expect(host.log).toEqual([]);
});

test("another certificate on the same port takes the place of the one before", async () => {
  const { host, listeners } = setUp();
  await listeners.update([secured(1, "old")]);
  host.log.length = 0;
  await listeners.update([secured(1, "new")]);
  expect(host.log).toEqual(["close 127.0.0.1:1", "open 127.0.0.1:1 new"]);
});

describe("a port that cannot be opened", () => {
  test("leaves everything as it was", async () => {
    const { host, listeners } = setUp();
    await listeners.update([at(1), at(2)]);
    host.refused.add(4);
    expect(await failureOf(listeners.update([at(2), at(3), at(4)]))).toBe("port 4 is refused");
    expect([...host.open].sort()).toEqual(["127.0.0.1:1", "127.0.0.1:2"]);
    expect(ports(listeners)).toEqual([1, 2]);
    expect(host.log).not.toContain("cut 127.0.0.1:1");
  });

  test("gives a port back that changed its certificate meanwhile", async () => {
    const { host, listeners } = setUp();
    await listeners.update([secured(1, "old")]);
    host.refused.add(4);
    host.log.length = 0;
    expect(await failureOf(listeners.update([secured(1, "new"), at(4)]))).toBe("port 4 is refused");
    expect(host.log.at(-1)).toBe("open 127.0.0.1:1 old");
    expect(ports(listeners)).toEqual([1]);
    host.refused.clear();
    await listeners.update([secured(1, "new"), at(4)]);
    expect(ports(listeners)).toEqual([1, 4]);
  });
});

test.each([true, false])("a stop, forced: %p, reaches every port", async (force) => {
  const { host, listeners } = setUp();
  await listeners.update([at(1), at(2)]);
  await listeners.stop(force);
  expect(host.log.slice(2).sort()).toEqual([1, 2].map((port) => `${force ? "cut" : "close"} 127.0.0.1:${port}`));
});
