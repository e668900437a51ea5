import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { Lines } from "./lines.ts";
import { within } from "./until.ts";

/** How the gateway is started. */
export interface GatewayOptions {
  /** An object, written as JSON (which is YAML), or YAML text; without it the gateway gets no file. */
  readonly config?: JsonObject | string;
  /** Added to an environment without any provider's key. */
  readonly env?: Readonly<Record<string, string>>;
  /** Left out: what the variable SLUICE_TEST_RUNTIME says, else Bun. */
  readonly runtime?: "bun" | "deno";
  readonly args?: readonly string[];
  /** On Deno: permissions beyond those of the task `gateway`. */
  readonly permissions?: readonly string[];
}

const ROOT = join(import.meta.dir, "../..");
const LISTENING = /\blistening on (https?:\/\/\S+)/;
const ADMIN = /\badmin on (https?:\/\/\S+)/;

/** Starts the gateway as a process of its own and waits until it listens. Rejects with what it wrote when it ends before that. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = spawnGateway(options);
  try {
    await gateway.listening();
  } catch (problem) {
    await gateway.stop();
    throw problem;
  }
  return gateway;
}

/** Starts the gateway without waiting for it, for configurations it refuses. */
export function spawnGateway(options: GatewayOptions = {}): Gateway {
  const directory = mkdtempSync(join(tmpdir(), "sluice-test-"));
  const file = join(directory, "gateway.yaml");
  if (options.config !== undefined) writeFileSync(file, written(options.config));
  const config = options.config === undefined ? ["--admin-port", "0"] : ["--config", file];
  const runtime = options.runtime ?? process.env.SLUICE_TEST_RUNTIME ?? "bun";
  const [command = "", ...leading] =
    runtime === "deno" ? denoCommand(options.permissions) : [process.execPath, "src/main.ts"];
  const args = [...leading, ...config, "--port", "0", ...(options.args ?? [])];
  const child = spawn(command, args, { cwd: ROOT, env: environment(options.env), stdio: ["ignore", "pipe", "pipe"] });
  return new Gateway(child, directory, file);
}

function environment(extra: GatewayOptions["env"]): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR = "" } = process.env;
  // Bun reads the limit of concurrent fetches before any code of ours runs.
  return { PATH, HOME, ...(TMPDIR === "" ? {} : { TMPDIR }), BUN_CONFIG_MAX_HTTP_REQUESTS: "65535", ...extra };
}

/** The command of the task `gateway` in deno.json, so that its flags are the ones tested. */
function denoCommand(permissions: readonly string[] = []): readonly string[] {
  const parsed = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")) as {
    tasks: Record<string, string | { command: string }>;
  };
  const task = parsed.tasks.gateway;
  const command = typeof task === "string" ? task : task?.command;
  const [run = "run", ...words] = command?.split(/\s+/).slice(1) ?? [];
  return [denoBinary(), run, ...permissions, ...words];
}

/** Deno itself: the script that npm puts in its place would keep a signal to itself and leave the gateway running. */
export function denoBinary(): string {
  const binary = join(ROOT, "node_modules/deno/deno");
  if (existsSync(binary)) return binary;
  const installer = createRequire(import.meta.url)("deno/install_api.cjs") as { runInstall(): string };
  return installer.runInstall();
}

function written(config: JsonObject | string): string {
  return typeof config === "string" ? config : JSON.stringify(config, null, 2);
}

/** One gateway process. */
export class Gateway {
  /** Where clients connect, without a trailing slash. */
  origin = "";
  /** Where the admin listener is. */
  admin = "";
  readonly stdout: Lines;
  readonly stderr: Lines;
  readonly configFile: string;
  /** The exit code, or the name of the signal that ended the process. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #directory: string;

  constructor(child: ChildProcess, directory: string, configFile: string) {
    if (child.stdout === null || child.stderr === null) throw new Error("the gateway has no pipes");
    this.#child = child;
    this.#directory = directory;
    this.configFile = configFile;
    this.stdout = new Lines(child.stdout);
    this.stderr = new Lines(child.stderr);
    this.exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal ?? -1)));
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    void this.exited.then(() => process.removeListener("exit", kill));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves once both addresses are known. */
  async listening(): Promise<void> {
    const at = (pattern: RegExp) => (line: string) => pattern.exec(line)?.[1]?.replace(/[/.,]+$/, "");
    this.origin = await this.stderr.find("the listener's address", at(LISTENING));
    this.admin = await this.stderr.find("the admin listener's address", at(ADMIN));
  }

  /** The access-log lines so far. */
  get logs(): readonly JsonObject[] {
    return this.stdout.all.map((line) => entry(line)).filter((line) => line !== undefined);
  }

  /** The access-log line of the request that got this answer, once it is written. */
  async logOf(answer: { readonly headers: Headers }): Promise<JsonObject> {
    const id = answer.headers.get("x-request-id");
    return this.stdout.find(`the access-log line of ${id}`, (line) => {
      const parsed = entry(line);
      return parsed?.request_id === id ? parsed : undefined;
    });
  }

  /** Everything the process wrote. */
  get output(): string {
    return `${this.stdout.text}\n${this.stderr.text}`;
  }

  /** Replaces the configuration file's text; the gateway notices by itself. */
  rewrite(config: JsonObject | string): void {
    writeFileSync(this.configFile, written(config));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resident memory in bytes. */
  memory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  }

  /** Ends the process at once and removes its files. */
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await within("the gateway's end", this.exited);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function entry(line: string): JsonObject | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
