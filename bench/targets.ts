import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type Running } from "./process.ts";
import { type Wire, WIRES } from "./scenario.ts";

/** Something the load client can be pointed at. */
export interface Target {
  readonly name: string;
  readonly wire: Wire;
  /** What stands before the model's name, where that picks the provider. */
  readonly prefix?: string;
  readonly headers?: Readonly<Record<string, string>>;

  start(): Promise<Running>;
}

const CHAT = { wire: "openai" } as const;
const MESSAGES = { wire: "claude" } as const;
const here = (path: string): string => join(import.meta.dir, path);
const bun = process.execPath;

/** Sluice between each pair of wires, and the bare relay of each wire to compare it with. */
export function pairs(upstream: string): Target[] {
  const scratch = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const relay = (): Promise<Running> => run([bun, here("targets/bare.ts"), upstream]);
  return WIRES.flatMap((behind) => [
    { name: `bare ${behind}`, wire: behind, start: relay },
    // A provider that speaks Responses speaks Chat Completions too, and is asked in the client's own.
    ...WIRES.filter((wire) => wire !== "openai" || behind !== "responses").map((wire) => ({
      name: `${wire} > ${behind}`,
      wire,
      prefix: `${behind}-`,
      start: () => sluice(scratch, upstream),
    })),
  ]);
}

/** Every target before the upstream at `upstream`, those that are not to be had left out. */
export async function targets(upstream: string, peers: boolean): Promise<Target[]> {
  const scratch = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const list: Target[] = [
    { name: "bare", ...CHAT, start: () => run([bun, here("targets/bare.ts"), upstream]) },
    { name: "hono", ...CHAT, start: () => run([bun, here("targets/hono.ts"), upstream]) },
    { name: "floor", ...CHAT, start: () => run([bun, here("targets/floor.ts"), upstream]) },
    { name: "sluice", ...CHAT, start: () => sluice(scratch, upstream) },
    { name: "sluice-converting", ...MESSAGES, start: () => sluice(scratch, upstream) },
  ];
  if (peers) {
    await installPortkey();
    list.push({ name: "portkey", ...CHAT, headers: portkeyHeaders(upstream), start: portkey });
  }
  if (peers && Bun.which("nginx") !== null)
    list.push({ name: "nginx", ...CHAT, start: () => nginx(scratch, upstream) });
  return list;
}

function sluice(scratch: string, upstream: string): Promise<Running> {
  const config = join(scratch, "gateway.yaml");
  writeFileSync(
    config,
    `admin: { host: 127.0.0.1, port: 0 }
providers:
  - { id: bench, type: openai, baseUrl: "${upstream}/v1", apiTokens: [bench-upstream-key] }
  - { id: openai, type: mistral, baseUrl: "${upstream}/v1", apiTokens: [bench-upstream-key] }
  - { id: claude, type: claude, baseUrl: "${upstream}", apiTokens: [bench-upstream-key] }
  - { id: gemini, type: gemini, baseUrl: "${upstream}", apiTokens: [bench-upstream-key] }
  - id: responses
    type: openai
    baseUrl: "${upstream}/v1"
    apiTokens: [bench-upstream-key]
    upstreamProtocol: openai-responses
routes:
  - { name: chat, match: { path: { prefix: / }, models: ["bench-*"] }, ai: { upstreams: [{ provider: bench }] } }
${WIRES.map((wire) => `  - { name: ${wire}, match: { models: ["${wire}-*"] }, ai: { upstreams: [{ provider: ${wire} }] } }`).join("\n")}
`,
  );
  return run([bun, here("../src/main.ts"), "--config", config, "--port", "0"]);
}

const PEERS = here(".peers");
const PORTKEY = join(PEERS, "node_modules/@portkey-ai/gateway/build/start-server.js");

/** Portkey's own versions of what it runs on are pinned: newer ones break it. */
async function installPortkey(): Promise<void> {
  if (existsSync(PORTKEY)) return;
  mkdirSync(PEERS, { recursive: true });
  const dependencies = { "@portkey-ai/gateway": "1.15.2", "@hono/node-server": "1.13.5", hono: "4.9.7" };
  const pins = { "@hono/node-server": "1.13.5", hono: "4.9.7" };
  writeFileSync(join(PEERS, "package.json"), JSON.stringify({ private: true, dependencies, overrides: pins }));
  await Bun.spawn([bun, "install"], { cwd: PEERS, stdout: "ignore", stderr: "inherit" }).exited;
}

function portkeyHeaders(upstream: string): Record<string, string> {
  return { "x-portkey-provider": "openai", "x-portkey-custom-host": `${upstream}/v1` };
}

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

function portkey(): Promise<Running> {
  const port = freePort();
  const command = [bun, PORTKEY, "--headless", `--port=${port}`];
  return run(command, { PORT: String(port), TRUSTED_CUSTOM_HOSTS: "127.0.0.1,localhost" }, `http://127.0.0.1:${port}`);
}

function nginx(scratch: string, upstream: string): Promise<Running> {
  const port = freePort();
  const config = join(scratch, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; worker_processes 1; worker_rlimit_nofile 60000; pid ${scratch}/nginx.pid; error_log /dev/null;
events { worker_connections 30000; }
http {
  access_log off; proxy_temp_path ${scratch}/proxy; client_body_temp_path ${scratch}/body;
  fastcgi_temp_path ${scratch}/f; uwsgi_temp_path ${scratch}/u; scgi_temp_path ${scratch}/s;
  upstream up { server ${new URL(upstream).host}; keepalive 256; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 600s; }
  }
}
`,
  );
  return run(["nginx", "-c", config], {}, `http://127.0.0.1:${port}/`);
}
