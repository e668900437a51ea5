import { describe, expect, test } from "bun:test";
import { type Binding, bindingsOf, Listeners } from "#src/command/listeners.ts";
import type { Host, ListenOptions, ShownCertificates } from "#src/core/host.ts";

const names = (tls: ShownCertificates | undefined): string => tls?.certificates.map(({ cert }) => cert).join("") ?? "";

/** A host whose ports are a list. */
class FakeHost {
  /** `hostname:port` of what is open, and with how many certificates. */
  readonly open = new Set<string>();
  readonly log: string[] = [];
  /** Ports that cannot be opened. */
  readonly refused = new Set<number>();
  /** What ports were opened with. */
  readonly options: ListenOptions[] = [];
  readonly listen: Host["listen"] = (options: ListenOptions) => {
    const { hostname, port, tls } = options;
    this.options.push(options);
    const key = `${hostname}:${port}`;
    if (this.refused.has(port)) return Promise.reject(new Error(`port ${port} is refused`));
    if (this.open.has(key)) return Promise.reject(new Error(`port ${port} is in use`));
    this.open.add(key);
    this.log.push(`open ${key} ${names(tls)}`.trim());
    return Promise.resolve({
      port,
      show: (shown: ShownCertificates) => {
        if (names(shown) === "broken") throw new Error("a certificate cannot be used");
        this.log.push(`show ${key} ${names(shown)}`);
      },
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
const secured = (port: number, cert: string): Binding => at(port, { tls: { certificates: [{ cert, key: "k" }] } });

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

test("another certificate is shown on the open port, the same one changes nothing", async () => {
  const { host, listeners } = setUp();
  await listeners.update([secured(1, "old")]);
  host.log.length = 0;
  await listeners.update([secured(1, "new")]);
  await listeners.update([secured(1, "new")]);
  expect(host.log).toEqual(["show 127.0.0.1:1 new"]);
});

test("a port that gets TLS, or loses it, is opened anew", async () => {
  const { host, listeners } = setUp();
  await listeners.update([at(1)]);
  host.log.length = 0;
  await listeners.update([secured(1, "new")]);
  await listeners.update([at(1)]);
  expect(host.log).toEqual(["close 127.0.0.1:1", "open 127.0.0.1:1 new", "close 127.0.0.1:1", "open 127.0.0.1:1"]);
});

test("a certificate that cannot be used leaves all others as they were", async () => {
  const { host, listeners } = setUp();
  await listeners.update([secured(1, "old"), secured(2, "old")]);
  host.log.length = 0;
  expect(await failureOf(listeners.update([secured(1, "new"), at(3), secured(2, "broken")]))).toBe(
    "a certificate cannot be used",
  );
  expect(host.log).toEqual(["show 127.0.0.1:1 new", "open 127.0.0.1:3", "cut 127.0.0.1:3", "show 127.0.0.1:1 old"]);
  host.log.length = 0;
  await listeners.update([secured(1, "new"), secured(2, "old")]);
  expect(host.log).toEqual(["show 127.0.0.1:1 new"]);
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

  test("gives a certificate and a port back that changed meanwhile", async () => {
    const { host, listeners } = setUp();
    await listeners.update([secured(1, "old"), at(2)]);
    host.refused.add(4);
    host.log.length = 0;
    expect(await failureOf(listeners.update([secured(1, "new"), secured(2, "new"), at(4)]))).toBe("port 4 is refused");
    expect(host.log.slice(-3)).toEqual(["cut 127.0.0.1:2", "show 127.0.0.1:1 old", "open 127.0.0.1:2"]);
    expect(ports(listeners)).toEqual([1, 2]);
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

test("where a listener is behind Envoy, all others are Envoy's", async () => {
  const listeners = [
    { name: "public", host: "127.0.0.1", port: 1 },
    { name: "tier", host: "127.0.0.1", port: 2, behindEnvoy: true },
  ];
  expect(bindingsOf({ listeners, admin: false, services: [], downstream: {} }).map(({ port }) => port)).toEqual([2]);
  const open = bindingsOf({ listeners: listeners.slice(0, 1), admin: false, services: [], downstream: {} });
  expect(open.map(({ port, behindEnvoy }) => [port, behindEnvoy])).toEqual([[1, undefined]]);
});

test("clients' connections have the limits of downstream; those of Envoy and of operators have none", () => {
  const listeners = [{ name: "public", host: "127.0.0.1", port: 1 }];
  const http2 = { maxConcurrentStreams: 100 };
  const downstream = { idleTimeout: 180_000, routeTimeout: 1, http2 };
  const admin = { host: "127.0.0.1", port: 2 };
  const limitsIn = (behindEnvoy: object): unknown =>
    bindingsOf({
      listeners: listeners.map((one) => Object.assign({}, one, behindEnvoy)),
      admin,
      services: [],
      downstream,
    }).map(({ limits }) => limits);
  expect(limitsIn({})).toEqual([{ idleTimeout: 180_000, http2 }, undefined]);
  expect(limitsIn({ behindEnvoy: true })).toEqual([undefined, undefined]);
});

test("a port whose limits change is opened anew", async () => {
  const { host, listeners } = setUp();
  await listeners.update([at(1)]);
  await listeners.update([at(1, { limits: { idleTimeout: 5 } })]);
  expect(host.log).toEqual(["open 127.0.0.1:1", "close 127.0.0.1:1", "open 127.0.0.1:1"]);
  expect(host.options.at(-1)?.limits).toEqual({ idleTimeout: 5 });
});

test("behind Envoy a request comes from the client that Envoy names", async () => {
  const host = new FakeHost();
  const seen: (string | undefined)[] = [];
  const gateway: ListenOptions["handle"] = (_, { remoteAddress, listener }) => {
    seen.push(remoteAddress, listener);
    return new Response();
  };
  const listeners = new Listeners(host.asHost(), { gateway, admin: gateway });
  await listeners.update([at(1), at(2, { behindEnvoy: true })]);
  const headers = { "x-forwarded-for": "192.0.2.1", "x-sluice-listener": "public" };
  for (const port of host.options) {
    await port.handle(new Request("http://x/", { headers }), {
      secure: false,
      remoteAddress: "10.0.0.1",
      listener: "own",
    });
  }
  expect(seen).toEqual(["10.0.0.1", "own", "192.0.2.1", "public"]);
});

test("a port that has come to speak HTTP/2 is not opened anew when nobody needs that any more", async () => {
  const { host, listeners } = setUp();
  await listeners.update([at(80)]);
  await listeners.update([at(80, { http2: true })]);
  const count = host.log.length;
  await listeners.update([at(80)]);
  await listeners.update([at(80, { http2: true })]);
  expect(host.log.slice(count)).toEqual([]);
  await listeners.update([at(81)]);
  expect([...host.open]).toEqual(["127.0.0.1:81"]);
});
