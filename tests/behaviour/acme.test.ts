import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import { freePort } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type Pebble, PEBBLE_AUTHORITY, pebbleMissing, startPebble } from "#tests/support/pebble.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";
import { until } from "#tests/support/until.ts";
import { shown } from "#tests/contracts/tls-client.ts";

if (pebbleMissing !== undefined) console.warn(pebbleMissing);

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
