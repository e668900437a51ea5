/**
 * `bun bench/mcp/run.ts [--parts hosted,proxied,idle] [--rounds N] [--requests N] [--sessions N]`: what MCP costs, CPU microseconds of the
 * server's process a call, peers and baseline interleaved; and what an idle session takes. README.md says how each figure comes about.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run, type Running } from "../process.ts";
import { idleSessions } from "./idle.ts";
import { send } from "./load.ts";

const { values: flags } = parseArgs({
  options: {
    parts: { type: "string", default: "hosted,proxied,idle" },
    rounds: { type: "string", default: "7" },
    requests: { type: "string", default: "10000" },
    sessions: { type: "string", default: "2000" },
  },
});
const requests = Number(flags.requests);
const parts = new Set(flags.parts.split(","));

const VERSION = "2026-07-28";
const META = {
  "io.modelcontextprotocol/protocolVersion": VERSION,
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Rounds that are not counted: compiling goes on through them. */
const WARM_UP = 3;

interface Target {
  readonly name: string;
  readonly running: Running;
  readonly path: string;
  readonly costs: number[];
}

const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
const script = (name: string): readonly string[] => [process.execPath, join(import.meta.dir, name)];

/** A hosted tool without upstream: what is left is the gateway. */
function tool(name: string): object {
  const number = (arg: string): object => ({ name: arg, type: "number", required: true });
  return {
    name,
    description: "Adds.",
    args: [number("a"), number("b")],
    responseTemplate: { body: "{{add .args.a .args.b}}" },
  };
}

async function sluice(upstream: string): Promise<Running> {
  const server = (name: string, count: number): object => {
    const names = ["add", ...Array.from({ length: count - 1 }, (_, at) => `add${at}`)];
    return { name, path: `/${name}`, rest: { server: { name }, tools: names.map(tool) } };
  };
  const config = {
    listeners: [{ host: "127.0.0.1", port: 0 }],
    admin: false,
    mcpServers: [server("one", 1), server("many", 500), { name: "remote", path: "/remote", url: upstream }],
  };
  const file = join(folder, "gateway.yaml");
  writeFileSync(file, JSON.stringify(config));
  return run([process.execPath, join(import.meta.dir, "../../src/main.ts"), "--config", file]);
}

/** As every client does before it calls. */
async function list({ running, path }: Target): Promise<void> {
  const headers = { "content-type": "application/json", "mcp-protocol-version": VERSION, "mcp-method": "tools/list" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "tools/list", params: { _meta: META } });
  await (await fetch(new URL(path, running.url), { method: "POST", headers, body })).text();
}

async function round({ running, path, costs }: Target, counted: boolean): Promise<void> {
  const before = running.cpu();
  const headers = { "mcp-protocol-version": VERSION, "mcp-method": "tools/call", "mcp-name": "add" };
  const body = (id: number): string =>
    JSON.stringify({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "add", arguments: { a: id, b: 1 }, _meta: META },
    });
  await send({ url: new URL(path, running.url).href, connections: 16, requests, headers, body });
  if (counted) costs.push((running.cpu() - before) / requests);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Measures targets in one run, in turns; prints medians, least and their ratios to the first. */
async function compare(title: string, targets: readonly Target[]): Promise<void> {
  for (const target of targets) await list(target);
  for (let at = 0; at < WARM_UP + Number(flags.rounds); at++)
    for (const target of targets.toSorted(() => Math.random() - 0.5)) await round(target, at >= WARM_UP);
  const first = targets[0]?.costs ?? [];
  console.log(`\n${title}`);
  for (const { name, costs } of targets)
    console.log(
      `  ${name.padEnd(20)} ${shown(median(costs), median(first))}   least ${shown(least(costs), least(first))}`,
    );
}

function shown(cost: number, base: number): string {
  return `${cost.toFixed(1).padStart(7)} us  ${(cost / base).toFixed(2)}x`;
}

/** The CPU of a thread that ends within a round is missing: what is far below the median is no measurement. */
function least(costs: readonly number[]): number {
  return Math.min(...costs.filter((cost) => cost > median(costs) / 2));
}

const bare = await run(script("bare-tool.ts"));
const sdk = await run(script("sdk-server.ts"));
const gateway = await sluice(bare.url);
const relay = await run(script("bare-relay.ts"), { UPSTREAM: bare.url });
const target = (name: string, running: Running, path: string): Target => ({ name, running, path, costs: [] });
if (parts.has("hosted"))
  await compare("tools/call, hosted", [
    target("bare Bun.serve", bare, "/mcp"),
    target("sluice, 1 tool", gateway, "/one"),
    target("sluice, 500 tools", gateway, "/many"),
    target("SDK 2.x, 1 tool", sdk, "/mcp"),
  ]);
if (parts.has("proxied"))
  await compare("tools/call, proxied", [target("bare relay", relay, "/mcp"), target("sluice", gateway, "/remote")]);
if (parts.has("idle")) {
  const perSession = await idleSessions(new URL("/one", gateway.url), gateway, Number(flags.sessions));
  console.log(`\nidle session with an open stream: ${(perSession / 1024).toFixed(1)} KB`);
}
await Promise.all([bare, sdk, gateway, relay].map((one) => one.stop()));
rmSync(folder, { recursive: true });
process.exit(0);
