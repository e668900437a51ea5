import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./backend.ts";
import { until } from "./until.ts";

/** Why no Pebble can be started here; undefined when one can. */
export const pebbleMissing: string | undefined =
  Bun.which("pebble") === null || Bun.which("pebble-challtestsrv") === null
    ? "pebble and pebble-challtestsrv are not installed, so the tests that need them are skipped"
    : undefined;

const TLS = join(import.meta.dir, "../fixtures/tls");

/** PEM of the authority that Pebble's own certificate is of. */
export const PEBBLE_AUTHORITY: string = readFileSync(join(TLS, "authority.pem"), "utf8");

/** How a Pebble is started. */
export interface PebbleOptions {
  /** The port it looks for HTTP-01 answers at. */
  readonly httpPort: number;
  /** The port it looks for TLS-ALPN-01 answers at. */
  readonly tlsPort?: number;
  /** Its own; left out: a free one. */
  readonly port?: number;
  /** Accounts must be bound to this one. */
  readonly eab?: { readonly keyId: string; readonly hmacKey: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly seconds?: number;
}

/** Let's Encrypt's test authority with a DNS in which every name is this machine. */
export interface Pebble extends AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  /** Where its DNS is told things: `/set-txt`, `/clear-txt`. */
  readonly dns: string;
  /** PEM of the authority that its certificates are of. */
  root(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a Pebble; resolves when it answers. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const { httpPort, tlsPort = 1, eab } = options;
  const [port, management, dnsPort, dnsManagement] = await Promise.all([
    options.port ?? freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "sluice-pebble-"));
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: join(TLS, "loopback.pem"),
    privateKey: join(TLS, "loopback.key.pem"),
    httpPort,
    tlsPort,
    ocspResponderURL: "",
    externalAccountBindingRequired: eab !== undefined,
    externalAccountMACKeys: eab === undefined ? {} : { [eab.keyId]: eab.hmacKey },
    certificateValidityPeriod: options.seconds ?? 90 * 24 * 3600,
  };
  writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble: config }));
  const env = { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "5", PEBBLE_AUTHZREUSE: "0", ...options.env };
  const children = [
    run("pebble-challtestsrv", [
      "-defaultIPv4",
      "127.0.0.1",
      "-defaultIPv6",
      "",
      "-dns01",
      `127.0.0.1:${dnsPort}`,
      "-management",
      `127.0.0.1:${dnsManagement}`,
      "-http01",
      "",
      "-https01",
      "",
      "-tlsalpn01",
      "",
    ]),
    run("pebble", ["-config", join(folder, "pebble.json"), "-dnsserver", `127.0.0.1:${dnsPort}`], env),
  ];
  const directory = `https://127.0.0.1:${port}/dir`;
  const ask = (url: string): Promise<Response> => fetch(url, { tls: { ca: PEBBLE_AUTHORITY } });
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(ended));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("Pebble answers", async () => (await ask(directory).catch(() => undefined))?.ok === true);
    await until("its DNS answers", async () =>
      fetch(`http://127.0.0.1:${dnsManagement}/`).then(
        () => true,
        () => false,
      ),
    );
  } catch (problem) {
    await stop();
    throw problem;
  }
  return {
    directory,
    port,
    dns: `http://127.0.0.1:${dnsManagement}`,
    root: async () => (await ask(`https://127.0.0.1:${management}/roots/0`)).text(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = "" } = process.env;
  const child = spawn(command, args, { stdio: "ignore", env: { PATH, ...env } });
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

function ended(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", resolve));
}
