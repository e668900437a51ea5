import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "#src/core/json.ts";
import { until } from "./until.ts";

const BINARY = new URL("../../node_modules/.cache/envoy/envoy", import.meta.url).pathname;

/** Why no Envoy can be started here; undefined when one can. `.ci/run` gets it. */
export const envoyMissing: string | undefined = existsSync(BINARY)
  ? undefined
  : "there is no Envoy in node_modules/.cache/envoy (.ci/run gets it), so the tests that need one are skipped";

/** An Envoy of the test's own; with `await using` it ends with the test. */
export interface Envoy extends AsyncDisposable {
  /** The base URL of its own admin interface. */
  readonly admin: string;
  readonly pid: number;
  /** What it has written to its log up to now. */
  log(): Promise<string>;
  /** A counter or gauge of its own; 0 while there is none. */
  stat(name: string): Promise<number>;
  /** The port that a listener took, for those that asked for any; undefined while it is not there. */
  listenerPort(name: string): Promise<number | undefined>;
  /** Ends it at once, as a crash would. */
  stop(): Promise<void>;
}

/** How an Envoy is started. */
export interface EnvoyOptions {
  /** Envoy's own log level; `warning` when left out. */
  readonly logLevel?: "debug" | "info" | "warning";
  /** Whether to wait until everything it needs at start has come; otherwise only until it answers. True when left out. */
  readonly ready?: boolean;
  /** How many threads serve requests; 1 when left out. */
  readonly concurrency?: number;
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** Starts an Envoy with the bootstrap, whose admin interface is put on a free port of the loopback; resolves when it is ready. */
export async function startEnvoy(bootstrap: JsonObject, options: EnvoyOptions = {}): Promise<Envoy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-envoy-"));
  const [config, addressFile, logFile] = [join(folder, "bootstrap.json"), join(folder, "admin"), join(folder, "log")];
  const admin = { address: { socketAddress: { address: "127.0.0.1", portValue: 0 } } };
  await writeFile(config, JSON.stringify({ ...bootstrap, admin }));
  const child = Bun.spawn(
    [
      BINARY,
      "--config-path",
      config,
      "--admin-address-path",
      addressFile,
      "--log-path",
      logFile,
      "--log-level",
      options.logLevel ?? "warning",
      "--concurrency",
      String(options.concurrency ?? 1),
      "--disable-hot-restart",
      ...(options.args ?? []),
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "ignore", cwd: folder, env: {} },
  );
  const log = (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
    await rm(folder, { recursive: true, force: true });
  };
  const alive = async (): Promise<void> => {
    if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}:\n${await log()}`);
  };
  try {
    let address = "";
    await until("Envoy has opened its admin port", async () => {
      await alive();
      address = await readFile(addressFile, "utf8").catch(() => "");
      return address !== "";
    });
    const url = `http://${address}`;
    const isReady = async (): Promise<boolean> => {
      await alive();
      const answer = await fetch(`${url}/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      return answer !== undefined && (answer.ok || options.ready === false);
    };
    await until("Envoy is ready", isReady).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; its log:\n${await log()}`);
    });
    return {
      admin: url,
      pid: child.pid,
      log,
      stop,
      stat: (name) => readStat(url, name),
      listenerPort: (name) => readPort(url, name),
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readStat(admin: string, name: string): Promise<number> {
  const text = await (await fetch(`${admin}/stats?filter=^${name.replaceAll(".", "\\.")}$`)).text();
  return Number(/: (\d+)/.exec(text)?.[1] ?? 0);
}

async function readPort(admin: string, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${admin}/listeners`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${name}::`));
  const port = line === undefined ? undefined : /:(\d+)$/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Whether Envoy takes a bootstrap, without running it; what it said when it does not. */
export async function validateBootstrap(bootstrap: string, format: "json" | "yaml"): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-envoy-"));
  try {
    const file = join(folder, `bootstrap.${format}`);
    await writeFile(file, bootstrap);
    const child = Bun.spawn([BINARY, "--mode", "validate", "--config-path", file, "--log-level", "warning"], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      cwd: folder,
    });
    const said = await child.stderr.text();
    return (await child.exited) === 0 ? undefined : said;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
