import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { RegistryConfig } from "#config/model/registries.ts";
import type { DiscoveredService, RegistryKind, RegistryWatcher, RegistryWorld } from "#config/registries/registry.ts";
import { keptLog } from "#tests/support/kept-log.ts";
import { startRelay } from "#tests/support/registries/tcp-relay.ts";
import { until, within } from "#tests/support/until.ts";

/** One server of a service, for tests. */
export interface TestInstance {
  readonly host: string;
  readonly port: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A registry under test, empty at first. */
export interface RegistryStage {
  readonly kind: RegistryKind;
  /** The port that its watchers connect to. */
  readonly port: number;
  /** The port of a configuration whose watchers connect to `port`; left out: that port itself. */
  configPort?(port: number): number;
  /** What a watcher gets of the world beside its log. */
  readonly world: Omit<RegistryWorld, "log">;
  /** A configuration for it, by which at least the service `name` is found. */
  config(name: string): RegistryConfig;
  /** What a service is called by those who watch. */
  found(name: string): string;
  /** These, and no others, are a service's instances; none: there is no such service. */
  put(name: string, instances: readonly TestInstance[]): Promise<void>;
  /** Something of no use beside the instances of a service. */
  spoil(name: string): Promise<void>;
  /** It is gone, as if its machine had lost power. */
  kill(): Promise<void>;
  /** It is back at the same port; what is known of the service `name` is there again, or put anew. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** What a registry can do. */
export interface RegistryFacts {
  /** Instances have metadata. */
  readonly metadata: boolean;
  /** What an instance speaks is in its metadata. */
  readonly protocol: boolean;
  /** It is reached over TCP. */
  readonly tcp: boolean;
  /** One watcher finds several services. */
  readonly several: boolean;
  /** Instances have ports of their own. */
  readonly ports: boolean;
  /** It connects as another one that runs the whole suite does: only what it reads is another. */
  readonly sameConnection?: true;
}

const A: TestInstance = { host: "10.0.0.1", port: 8080 };
const B: TestInstance = { host: "10.0.0.2", port: 8080 };
const C: TestInstance = { host: "10.0.0.3", port: 8080 };

/** What every kind of registry keeps to. */
export function describeRegistry(name: string, facts: RegistryFacts, open: () => Promise<RegistryStage>): void {
  describe(`registry contract: ${name}`, () => {
    let stage: RegistryStage;
    beforeAll(async () => {
      stage = await open();
    });
    afterAll(() => stage.close());

    changes(() => stage, facts);
    if (facts.metadata) filters(() => stage, facts);
    if (facts.sameConnection === undefined) outages(() => stage);
    if (facts.sameConnection === undefined && facts.tcp) connections(() => stage);
  });
}

function changes(stage: () => RegistryStage, facts: RegistryFacts): void {
  test("a service appears, changes and vanishes; nothing is told twice", async () => {
    await using watched = watch(stage(), stage().config("orders"));
    await stage().put("orders", [A]);
    await watched.sees("orders", [A]);
    expect(watched.status).toMatchObject({ healthy: true, ready: true });
    await stage().put("orders", [B, A]);
    await watched.sees("orders", [A, B]);
    await stage().put("orders", [B]);
    await watched.sees("orders", [B]);
    await stage().put("orders", []);
    if (facts.several) await watched.sees("orders", []);
  });

  test("what was there before is told once it watches, sorted", async () => {
    await stage().put("early", [C, A, B]);
    await using watched = watch(stage(), stage().config("early"));
    await watched.sees("early", [A, B, C]);
    expect(watched.told).toHaveLength(1);
    await stage().put("early", []);
  });

  test("entries of no use are left out, with a line in the log", async () => {
    await using watched = watch(stage(), stage().config("partly"));
    await stage().put("partly", [A, B]);
    await watched.sees("partly", [A, B]);
    await stage().spoil("partly");
    await stage().put("partly", [A, C]);
    await watched.sees("partly", [A, C]);
    if (facts.ports) expect(watched.lines.join("\n")).toContain("An entry of the registry is left out.");
    await stage().put("partly", []);
  });

  if (facts.several)
    test("services are found one by one, each that says the same stays the same object", async () => {
      await stage().put("first", [A]);
      await using watched = watch(stage(), stage().config("first"));
      await watched.sees("first", [A]);
      const before = watched.service("first");
      await stage().put("second", [B]);
      await watched.sees("second", [B]);
      expect(watched.service("first")).toBe(before);
      await stage().put("second", []);
      await watched.sees("second", []);
      await stage().put("first", []);
    });

  if (facts.ports)
    test("IPv6 addresses are in brackets", async () => {
      await stage().put("six", [{ host: "2001:db8::1", port: 8080 }]);
      await using watched = watch(stage(), stage().config("six"));
      await watched.sees("six", [{ host: "[2001:db8::1]", port: 8080 }]);
      await stage().put("six", []);
    });
}

function outages(stage: () => RegistryStage): void {
  test("endpoints are kept while it is away, and updated when it is back", async () => {
    await stage().put("steady", [A, B]);
    await using watched = watch(stage(), stage().config("steady"));
    await watched.sees("steady", [A, B]);
    await stage().kill();
    await until("the outage is noticed", () => !watched.status.healthy);
    expect(watched.status.ready).toBe(true);
    expect(watched.told).toHaveLength(1);
    await stage().revive();
    await stage().put("steady", [A, C]);
    await watched.sees("steady", [A, C]);
    await until("it is healthy again", () => watched.status.healthy);
    const lines = watched.lines.filter((line) => line.includes("The registry is"));
    expect(lines).toEqual([
      expect.stringContaining("warn The registry is away"),
      expect.stringContaining("info The registry is back"),
    ]);
    await stage().put("steady", []);
  });

  test("one that is away at the begin is found when it comes", async () => {
    await stage().kill();
    await using watched = watch(stage(), stage().config("late"));
    await until("the outage is noticed", () => watched.lines.length > 0);
    expect(watched.status).toMatchObject({ healthy: false, ready: false });
    await stage().revive();
    await stage().put("late", [A]);
    await watched.sees("late", [A]);
    await stage().put("late", []);
  });
}

function filters(stage: () => RegistryStage, facts: RegistryFacts): void {
  test("only instances with the metadata asked for are taken; theirs is told", async () => {
    const blue = { ...A, metadata: { color: "blue", zone: "1" } };
    const green = { ...B, metadata: { color: "green", zone: "1" } };
    await stage().put("tinted", [blue, green]);
    await using watched = watch(stage(), { ...stage().config("tinted"), metadata: { color: "blue" } });
    await watched.sees("tinted", [A]);
    expect(watched.service("tinted")?.endpoints[0]?.metadata).toMatchObject({ color: "blue", zone: "1" });
    await stage().put("tinted", [blue, { ...green, metadata: { color: "blue", zone: "1" } }]);
    await watched.sees("tinted", [A, B]);
    await stage().put("tinted", []);
  });

  if (facts.protocol)
    test("the protocol is the metadata's, else the registry's", async () => {
      const secure = { ...A, metadata: { protocol: "HTTPS" } };
      await stage().put("secure", [secure]);
      await stage().put("plain", [B]);
      await using watched = watch(stage(), { ...stage().config("secure"), protocol: "grpc", sni: "name.test" });
      await watched.sees("secure", [A]);
      await watched.sees("plain", [B]);
      expect(watched.service("secure")).toMatchObject({ protocol: "https", sni: "name.test" });
      expect(watched.service("plain")?.protocol).toBe("grpc");
      expect(watched.service("plain")?.sni).toBeUndefined();
      await stage().put("secure", []);
      await stage().put("plain", []);
    });
}

function connections(stage: () => RegistryStage): void {
  test("slow answers are waited for", async () => {
    await stage().put("slow", [A]);
    await using relay = await startRelay(stage().port);
    relay.hold();
    await using watched = watch(stage(), through(stage(), "slow", relay.port));
    expect(watched.status).toMatchObject({ healthy: false, ready: false });
    relay.release();
    await watched.sees("slow", [A]);
    await stage().put("slow", []);
  });

  test("a connection that has died without a word is given up, and what it would have told is found later", async () => {
    await stage().put("mute", [A]);
    await using relay = await startRelay(stage().port);
    await using watched = watch(stage(), through(stage(), "mute", relay.port));
    await watched.sees("mute", [A]);
    relay.hold();
    await until("the silence is noticed", () => !watched.status.healthy);
    expect(watched.told).toHaveLength(1);
    await stage().put("mute", [A, B]);
    relay.release();
    await watched.sees("mute", [A, B]);
    await until("it is healthy again", () => watched.status.healthy);
    await stage().put("mute", []);
  });

  test("closing ends it while it connects, and nothing is told or logged afterwards", async () => {
    await using relay = await startRelay(stage().port);
    relay.hold();
    const watched = watch(stage(), through(stage(), "nobody", relay.port));
    await until("it connects", () => relay.clients > 0);
    await within("it closes", watched.close());
    await until("its connections have ended", () => relay.clients === 0);
    relay.release();
    expect(watched.told).toEqual([]);
    expect(watched.lines).toEqual([]);
    expect(watched.status.healthy).toBe(false);
  });
}

/** A configuration whose watchers connect to another port. */
function through(stage: RegistryStage, name: string, port: number): RegistryConfig {
  return { ...stage.config(name), port: stage.configPort?.(port) ?? port };
}

/** A watcher, and what it has told. */
interface Watched extends AsyncDisposable {
  readonly status: RegistryWatcher["status"];
  readonly told: readonly (readonly DiscoveredService[])[];
  readonly lines: readonly string[];
  /** A service as it was told last. */
  service(name: string): DiscoveredService | undefined;
  /** Resolves when the service has these endpoints, in their order. */
  sees(name: string, instances: readonly TestInstance[]): Promise<void>;
  close(): Promise<void>;
}

function watch(stage: RegistryStage, config: RegistryConfig): Watched {
  const { log, lines } = keptLog();
  const told: (readonly DiscoveredService[])[] = [];
  let twice = false;
  const services = (all: readonly DiscoveredService[]): void => {
    twice ||= JSON.stringify(all) === JSON.stringify(told.at(-1));
    told.push(all);
  };
  const watcher = stage.kind.watch(config, { ...stage.world, log }, { services });
  const service = (name: string): DiscoveredService | undefined =>
    told.at(-1)?.find((one) => one.name === stage.found(name));
  const addresses = (name: string): string =>
    (service(name)?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`).join(" ");
  return {
    get status() {
      return watcher.status;
    },
    told,
    lines,
    service,
    sees: (name, instances) => {
      const wanted = instances.map(({ host, port }) => `${host}:${port}`).join(" ");
      return until(`${name} is at ${wanted}`, () => addresses(name) === wanted).catch((error: unknown) => {
        throw new Error(`${String(error)}; it is at ${addresses(name)}\n${lines.join("\n")}`);
      });
    },
    close: () => watcher.close(),
    async [Symbol.asyncDispose]() {
      await within("it closes", watcher.close());
      if (twice) throw new Error("the same was told twice");
    },
  };
}
