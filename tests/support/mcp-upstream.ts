import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { urlKind } from "#mcp/remote/kind.ts";
import type { RemoteSettings } from "#mcp/remote/settings.ts";
import { FakeClock } from "./fake-clock.ts";
import { mcpWorld } from "./mcp-world.ts";

/** A request as an upstream gets it. */
export interface Received {
  readonly http: "POST" | "GET" | "DELETE";
  readonly url: string;
  readonly headers: Headers;
  /** The JSON-RPC message; empty for those without a body. */
  readonly message: JsonObject;
  /** The message's method. */
  readonly method: string;
  readonly id: Json;
  readonly signal: AbortSignal;
}

/** How an upstream of a test answers. */
export type Answerer = (request: Received) => Response | Promise<Response>;

/** A remote server whose upstream is a function of the test's. */
export interface Scripted {
  readonly server: McpServer;
  readonly clock: FakeClock;
  readonly received: Received[];
  /** Lines of the gateway's log. */
  readonly logged: string[];
  /** The methods that came, in order; GET and DELETE stand for themselves. */
  methods(): string[];
}

export const UPSTREAM = "http://127.0.0.1:1/mcp";

/** Makes it; the answers come without any network. */
export async function scripted(
  answer: Answerer,
  settings: Partial<RemoteSettings> = {},
  world: Partial<McpWorld> = {},
): Promise<Scripted> {
  const received: Received[] = [];
  const logged: string[] = [];
  const clock = new FakeClock();
  const line = (message: string, fields?: unknown): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request = receivedOf(url, init);
    received.push(request);
    return answer(request);
  };
  const log = { info: line, warn: line, error: line };
  const made = await urlKind.create(
    "up",
    { endpoints: [UPSTREAM], ...settings },
    mcpWorld({ clock, log, fetch, ...world }),
  );
  const methods = (): string[] => received.map(({ http, method }) => (method === "" ? http : method));
  return { server: made, clock, received, logged, methods };
}

/** What was sent by `fetch`. */
export function receivedOf(url: string, init: RequestInit): Received {
  const message = messageIn(init.body);
  const { method, id = null } = message;
  const http = init.method === "GET" || init.method === "DELETE" ? init.method : "POST";
  return {
    http,
    url,
    headers: new Headers(init.headers),
    message,
    method: typeof method === "string" ? method : "",
    id,
    signal: init.signal ?? new AbortController().signal,
  };
}

/** The message in a body; empty for what is none, such as a form. */
function messageIn(body: RequestInit["body"]): JsonObject {
  if (typeof body !== "string" || !body.startsWith("{")) return {};
  const json: unknown = JSON.parse(body);
  return isObject(json) ? json : {};
}

/** An answer of JSON. */
export function jsonAnswer(json: Json, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(json, { status, headers });
}

/** A result of JSON-RPC. */
export function resultAnswer(
  { id }: Received,
  result: JsonObject,
  headers?: Readonly<Record<string, string>>,
): Response {
  return jsonAnswer({ jsonrpc: "2.0", id, result }, 200, headers);
}

/** An error of JSON-RPC. */
export function errorAnswer({ id }: Received, status: number, code: number, data?: Json): Response {
  const error = { code, message: `code ${code}`, ...(data !== undefined && { data }) };
  return jsonAnswer({ jsonrpc: "2.0", id, error }, status);
}

/** A stream of events; with `cut` its connection breaks after so many bytes. */
export function eventAnswer(text: string, cut?: number): Response {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (cut !== 0) controller.enqueue(bytes.slice(0, cut ?? bytes.length));
      if (cut === undefined) controller.close();
    },
    pull(controller) {
      if (cut !== undefined) controller.error(new Error("ECONNRESET"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** An answer that never comes, until the request is ended. */
export function noAnswer({ signal }: Received): Promise<Response> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () =>
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted")),
    ),
  );
}

/** What a server of 2026-07-28 says of itself. */
const DISCOVERED: JsonObject = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: { listChanged: true } },
  ttlMs: 60_000,
  cacheScope: "public",
};

/** A server of 2026-07-28 that answers `server/discover` by itself. */
export function modern(answer: Answerer): Answerer {
  return (request) => (request.method === "server/discover" ? resultAnswer(request, DISCOVERED) : answer(request));
}

/** A server of the session era: handshake, sessions named s1, s2, …; the rest is the test's. Without `stream` it refuses GET. */
export function legacy(answer: Answerer, capabilities: JsonObject = { tools: {} }, stream?: Answerer): Answerer {
  let sessions = 0;
  return (request) => {
    const { http, method } = request;
    if (method === "server/discover") return errorAnswer(request, 400, -32000);
    if (method === "notifications/initialized" || method === "notifications/cancelled") {
      return new Response(null, { status: 202 });
    }
    if (http === "GET") return stream?.(request) ?? new Response(null, { status: 405 });
    if (http === "DELETE") return new Response(null, { status: 200 });
    if (method !== "initialize") return answer(request);
    const result = { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "old", version: "1" } };
    return resultAnswer(request, result, { "mcp-session-id": `s${++sessions}` });
  };
}
