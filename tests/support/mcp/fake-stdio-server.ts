/**
 * A stdio server of the session era with faults: `bun fake-stdio-server.ts [FAULT…]`. Faults are `garbage` (banners between its messages),
 * `slow-bytes` (every byte by itself), `deaf` (ends at nothing), `mute` (says nothing), `silent-probe` (says nothing to what it does not know),
 * `dies` (at once).
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { writeSync } from "node:fs";

type Fields = Record<string, unknown>;

const faults = new Set(process.argv.slice(2));
let calls = 0;
let asked = 0;
const waiting = new Map<unknown, (result: unknown) => void>();

function say(message: Fields): void {
  const line = Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  if (faults.has("garbage")) writeSync(1, "npm notice: there is a new version\n[1, 2\n\n");
  if (!faults.has("slow-bytes")) writeSync(1, line);
  else for (const byte of line) writeSync(1, Buffer.from([byte]));
}

function text(id: unknown, value: string): void {
  say({ id, result: { content: [{ type: "text", text: value }] } });
}

async function ask(method: string, params: Fields): Promise<unknown> {
  const id = `ask-${++asked}`;
  say({ id, method, params });
  return new Promise((resolve) => waiting.set(id, resolve));
}

const TOOLS: Record<string, (id: unknown, params: Fields) => Promise<void> | void> = {
  count: (id) => text(id, `${process.pid}: ${++calls}`),
  environment: (id) => text(id, JSON.stringify(Object.keys(process.env).sort())),
  exit: () => process.exit(3),
  huge: () => say({ method: "notifications/message", params: { level: "info", data: "x".repeat(200_000) } }),
  hang() {},
  snow: (id) => text(id, "雪".repeat(1000)),
  ask: async (id) => text(id, JSON.stringify(await ask("sampling/createMessage", { messages: [], maxTokens: 1 }))),
  complain(id) {
    console.error(`the password is ${process.env["PASSWORD"]}`);
    text(id, "done");
  },
  progress(id, { _meta }) {
    const { progressToken } = (_meta ?? {}) as Fields;
    for (const progress of [1, 2]) say({ method: "notifications/progress", params: { progressToken, progress } });
    text(id, "done");
  },
};

const METHODS: Record<string, (id: unknown, params: Fields) => Promise<void> | void> = {
  initialize: (id, { protocolVersion }) =>
    say({
      id,
      result: {
        protocolVersion,
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: "fake", version: "1" },
      },
    }),
  "tools/list": (id) =>
    say({ id, result: { tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: "object" } })) } }),
  "tools/call": (id, params) => TOOLS[String(params["name"])]?.(id, params),
};

function receive(line: string): void {
  const { id, method, params, result, error } = JSON.parse(line) as Fields;
  if (typeof method !== "string") {
    waiting.get(id)?.(result ?? error);
    return;
  }
  const handle = METHODS[method];
  if (handle !== undefined) void handle(id, (params ?? {}) as Fields);
  else if (id !== undefined && !faults.has("silent-probe")) say({ id, error: { code: -32601, message: "Unknown." } });
}

if (faults.has("dies")) process.exit(7);
if (faults.has("deaf")) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 60_000);
}
const lines = createInterface({ input: process.stdin });
if (!faults.has("mute")) lines.on("line", receive);
