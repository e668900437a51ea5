import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { freePort, startBackend } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type Pebble, PEBBLE_AUTHORITY, pebbleMissing, startPebble } from "#tests/support/pebble.ts";
import { temporaryFile, temporaryFolder } from "#tests/support/temporary-file.ts";
import { redisMissing, startRedis } from "#tests/support/redis.ts";
import { until } from "#tests/support/until.ts";
import { shown } from "#tests/contracts/tls-client.ts";

if (pebbleMissing !== undefined) console.warn(pebbleMissing);
if (redisMissing !== undefined) console.warn(redisMissing);
/** It waits for seconds between two looks at its order. */
const legoMissing =
  Bun.which("lego") === null || process.env["SLUICE_SLOW_TESTS"] === undefined
    ? "lego is not installed, or no slow tests are wanted, so those with lego are skipped"
    : undefined;
if (legoMissing !== undefined) console.warn(legoMissing);

interface Status {
  readonly name: string;
  readonly state: string;
  readonly failures?: number;
  readonly lastError?: string;
  readonly notAfter?: string;
  readonly renewAt?: string;
}

async function statusOf(gateway: Gateway, name: string): Promise<Status | undefined> {
  const response = await fetch(`${gateway.admin}/debug/certificates`);
  const { certificates } = (await response.json()) as { certificates: Status[] };
  return certificates.find((one) => one.name === name);
}

/** Waits until a name's certificate is in this state. */
async function reached(gateway: Gateway, name: string, state: string): Promise<Status> {
  let last: Status | undefined;
  try {
    await until(`${name} is ${state}`, async () => (last = await statusOf(gateway, name))?.state === state);
  } catch (error) {
    throw new Error(`${String(error)}: ${JSON.stringify(last)}\n${gateway.stderr.text}`, { cause: error });
  }
  if (last === undefined) throw new Error("there is no status");
  return last;
}

/** Whether a client that trusts these authorities takes the certificate shown for `servername`. */
async function trusted(port: number, servername: string, ca: string): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1", servername, ca });
  const outcome = await new Promise<boolean>((resolve) => {
    socket.once("secureConnect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  return outcome;
}

describe.skipIf(pebbleMissing !== undefined).each(["bun", "deno"] as const)("on %s, with Pebble", (runtime) => {
  let pebble: Pebble;
  let gateway: Gateway;
  let ports = { http: 0, tls: 0 };
  const storage = temporaryFolder();
  const config = (names: readonly string[]) => ({
    listeners: [
      { host: "127.0.0.1", port: ports.http },
      { host: "127.0.0.1", port: ports.tls, tls: { auto: [...names] } },
    ],
    admin: { port: 0 },
    acme: { directory: pebble.directory, caCertificate: PEBBLE_AUTHORITY, email: "ops@example.com", storage },
    routes: [{ name: "r", response: { status: 200, body: "routed" } }],
  });
  const start = (names: readonly string[]): Promise<Gateway> => {
    const args = ["--port", String(ports.http)];
    return startGateway({ config: config(names), runtime, args, permissions: [`--allow-write=${storage}`] });
  };
  beforeAll(async () => {
    ports = { http: await freePort(), tls: await freePort() };
    pebble = await startPebble({ httpPort: ports.http });
    gateway = await start(["one.test"]);
  });
  afterAll(async () => {
    await gateway.stop();
    await pebble.stop();
  });

  test("a certificate is got by HTTP-01, and shown on the open listener", async () => {
    const status = await reached(gateway, "one.test", "valid");
    expect(status.notAfter).toBeDefined();
    expect(await trusted(ports.tls, "one.test", await pebble.root())).toBe(true);
    expect(await fetch(`http://127.0.0.1:${ports.http}/.well-known/acme-challenge/unknown`).then((r) => r.text())).toBe(
      "routed",
    );
    const metrics = await fetch(`${gateway.admin}/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/sluice_certificate_not_after_timestamp_seconds\{name="one.test"\} \d{10}/);
    expect(metrics).toContain('sluice_certificate_issues_total{result="success"} 1');
  });

  test("a reload brings another name, and a self-signed certificate until its own is there", async () => {
    gateway.rewrite(config(["one.test", "two.test"]));
    expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
    await reached(gateway, "two.test", "valid");
    const root = await pebble.root();
    expect(await trusted(ports.tls, "two.test", root)).toBe(true);
    expect(await trusted(ports.tls, "one.test", root)).toBe(true);
  });

  test("a certificate outlives the process", async () => {
    const before = await statusOf(gateway, "one.test");
    await gateway.stop();
    await pebble.stop();
    gateway = await start(["one.test"]);
    expect(await statusOf(gateway, "one.test")).toEqual(before as Status);
    expect(await shown(ports.tls, "one.test")).toBe("one.test");
  });
});

describe.skipIf(pebbleMissing !== undefined)("a gateway", () => {
  const listeners = (http: number, tls: number, names: string[]) => [
    { host: "127.0.0.1", port: http },
    { host: "127.0.0.1", port: tls, tls: { auto: names } },
  ];
  const routes = [{ name: "r", response: { status: 200, body: "routed" } }];

  test("serves while its authority is away, and gets its certificate once that is back", async () => {
    const [http, tls, port] = [await freePort(), await freePort(), await freePort()];
    const acme = { directory: `https://127.0.0.1:${port}/dir`, caCertificate: PEBBLE_AUTHORITY };
    const config = { listeners: listeners(http, tls, ["late.test"]), admin: { port: 0 }, acme, routes };
    const gateway = await startGateway({ config, args: ["--port", String(http)] });
    try {
      const failing = await reached(gateway, "late.test", "failing");
      expect(failing.lastError).toMatch(/ECONNREFUSED|refused/i);
      expect(await shown(tls, "late.test")).toBe("Sluice: no certificate yet");
      const answer = await fetch(`https://127.0.0.1:${tls}/`, { tls: { rejectUnauthorized: false } });
      expect(await answer.text()).toBe("routed");
      const warning = (line: string) => (line.includes("A self-signed certificate is shown") ? line : undefined);
      expect(await gateway.stderr.find("the warning", warning)).toContain("late.test");
      await using pebble = await startPebble({ httpPort: http, port });
      // Its rest is two minutes at least; other settings are tried at once.
      gateway.rewrite({ ...config, acme: { ...acme, email: "ops@example.com" } });
      expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
      await reached(gateway, "late.test", "valid");
      expect(await trusted(tls, "late.test", await pebble.root())).toBe(true);
    } finally {
      await gateway.stop();
    }
  });

  test("gets a wildcard by DNS-01, through a program", async () => {
    const [http, tls] = [await freePort(), await freePort()];
    await using pebble = await startPebble({ httpPort: http });
    const hook = temporaryFile(
      [
        "#!/bin/sh",
        'case "$1" in',
        `present) exec curl -sf -X POST -d "{\\"host\\":\\"$2\\",\\"value\\":\\"$3\\"}" ${pebble.dns}/set-txt ;;`,
        `cleanup) exec curl -sf -X POST -d "{\\"host\\":\\"$2\\"}" ${pebble.dns}/clear-txt ;;`,
        "esac",
      ].join("\n"),
      "hook",
    );
    chmodSync(hook, 0o755);
    const acme = { directory: pebble.directory, caCertificate: PEBBLE_AUTHORITY, challenges: ["dns-01"] };
    // The system's DNS does not know Pebble's.
    const dns = { dns: { command: [hook] }, dnsPropagation: 0 };
    const config = {
      listeners: listeners(http, tls, ["*.wild.test"]),
      admin: { port: 0 },
      acme: { ...acme, ...dns },
      routes,
    };
    const gateway = await startGateway({ config, args: ["--port", String(http)] });
    try {
      await reached(gateway, "*.wild.test", "valid");
      expect(await trusted(tls, "a.wild.test", await pebble.root())).toBe(true);
      expect(await trusted(tls, "wild.test", await pebble.root())).toBe(false);
      gateway.rewrite({
        ...config,
        acme: { ...acme, email: "a@b.co", dns: { command: ["/no/such/hook"] } },
        listeners: listeners(http, tls, ["*.other.test"]),
      });
      expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(200);
      const { lastError } = await reached(gateway, "*.other.test", "failing");
      expect(lastError).toStartWith("the DNS hook /no/such/hook could not be run");
    } finally {
      await gateway.stop();
    }
  });

  test.skipIf(redisMissing !== undefined)("and its replica on one Redis get one certificate between them", async () => {
    const [http, otherHttp, tls, otherTls] = [await freePort(), await freePort(), await freePort(), await freePort()];
    await using redis = await startRedis();
    // Where the authority looks, in front of both: it asks them in turn, as load balancers do.
    const ports = [http, otherHttp];
    const balancer = startBackend(async (request) => {
      const { pathname } = new URL(request.url);
      ports.reverse();
      const [first, second] = ports.map((port) => `http://127.0.0.1:${port}${pathname}`);
      return fetch(first ?? "").catch(() => fetch(second ?? ""));
    });
    await using pebble = await startPebble({ httpPort: Number(balancer.address.split(":")[1]) });
    const acme = { directory: pebble.directory, caCertificate: PEBBLE_AUTHORITY };
    const shared = { admin: { port: 0 }, store: `redis://127.0.0.1:${redis.port}/0`, acme, routes };
    const names = ["one.test", "two.test", "three.test"];
    const start = (port: number, secure: number): Promise<Gateway> =>
      startGateway({
        config: { ...shared, listeners: listeners(port, secure, names) },
        args: ["--port", String(port)],
      });
    const gateways = await Promise.all([start(http, tls), start(otherHttp, otherTls)]);
    try {
      for (const gateway of gateways) for (const name of names) await reached(gateway, name, "valid");
      const issues = await Promise.all(gateways.map((gateway) => issuesOf(gateway)));
      expect(issues.reduce((sum, own) => sum + own, 0)).toBe(3);
      const root = await pebble.root();
      for (const name of names) {
        expect(await fingerprintOf(tls, name)).toBe(await fingerprintOf(otherTls, name));
        expect(await trusted(otherTls, name, root)).toBe(true);
      }
    } finally {
      for (const gateway of gateways) await gateway.stop();
      await balancer.close();
    }
  });

  test.skipIf(legoMissing !== undefined)(
    "answers for its own tokens alone: lego's go to lego behind a route",
    async () => {
      const [http, tls, lego] = [await freePort(), await freePort(), await freePort()];
      await using pebble = await startPebble({ httpPort: http });
      const behind = {
        services: [{ name: "lego", endpoints: [`127.0.0.1:${lego}`] }],
        routes: [
          { name: "lego", match: { path: { prefix: "/.well-known/" } }, http: { services: [{ name: "lego" }] } },
        ],
      };
      const acme = { directory: pebble.directory, caCertificate: PEBBLE_AUTHORITY };
      const config = { listeners: listeners(http, tls, ["ours.test"]), admin: { port: 0 }, acme, ...behind };
      const gateway = await startGateway({ config, args: ["--port", String(http)] });
      const folder = temporaryFolder();
      writeFileSync(join(folder, "authority.pem"), PEBBLE_AUTHORITY);
      try {
        const child = Bun.spawn(
          `lego --server ${pebble.directory} --email lego@example.com --accept-tos --path ${folder} --domains theirs.test --http --http.port 127.0.0.1:${lego} run`.split(
            " ",
          ),
          {
            env: { PATH: process.env["PATH"] ?? "", HOME: folder, LEGO_CA_CERTIFICATES: join(folder, "authority.pem") },
            stdout: "ignore",
            stderr: "pipe",
          },
        );
        const [code, told] = await Promise.all([child.exited, child.stderr.text()]);
        expect(code, told).toBe(0);
        expect(existsSync(join(folder, "certificates", "theirs.test.crt"))).toBe(true);
        await reached(gateway, "ours.test", "valid");
      } finally {
        await gateway.stop();
      }
    },
    40_000,
  );
});

async function issuesOf(gateway: Gateway): Promise<number> {
  const metrics = await fetch(`${gateway.admin}/metrics`).then((response) => response.text());
  return Number(/sluice_certificate_issues_total\{result="success"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

async function fingerprintOf(port: number, servername: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", servername, rejectUnauthorized: false });
  await new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
