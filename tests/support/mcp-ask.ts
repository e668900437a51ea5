import { createSseDecoder } from "#src/core/sse.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

const VERSION = "2026-07-28";

/** What is changed of a request of the stateless era. */
export interface ModernParts {
  readonly id?: Json;
  readonly capabilities?: JsonObject;
  readonly meta?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends a request as a client of 2026-07-28. */
export function postModern(
  url: URL,
  method: string,
  params: JsonObject = {},
  parts: ModernParts = {},
): Promise<Response> {
  const { id = 1, capabilities = {}, meta = {}, headers = {}, signal } = parts;
  const { name, uri } = params;
  const mirrored = method === "resources/read" ? uri : name;
  const body = {
    jsonrpc: "2.0",
    id,
    method,
    params: {
      ...params,
      _meta: {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": capabilities,
        ...meta,
      },
    },
  };
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      "mcp-method": method,
      ...(typeof mirrored === "string" ? { "mcp-name": mirrored } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Sends a body as a client of the session era. */
export function postLegacy(url: URL, body: Json, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify(body),
  });
}

/** Begins a session; answers the headers that its requests carry. */
export async function initialize(
  url: URL,
  version = "2025-11-25",
  capabilities: JsonObject = {},
): Promise<Record<string, string>> {
  const params = { protocolVersion: version, capabilities, clientInfo: { name: "test", version: "1" } };
  const response = await postLegacy(url, { jsonrpc: "2.0", id: "init", method: "initialize", params });
  const answer = (await response.json()) as JsonObject;
  if (!isObject(answer["result"])) throw new Error(JSON.stringify(answer));
  return { "mcp-session-id": response.headers.get("mcp-session-id") ?? "", "mcp-protocol-version": version };
}

/** An event with the id that came before it. */
export interface ReadEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Reads a stream event by event. */
export class EventReader {
  readonly #reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };
  #text = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error("The answer has no body.");
    this.#reader = response.body.getReader();
  }

  /** The next event; undefined at the end. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const block = this.#text.slice(0, end + 2);
        this.#text = this.#text.slice(end + 2);
        const read = eventOf(block);
        if (read !== undefined) return read;
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done || value === undefined) return undefined;
      this.#text += new TextDecoder().decode(value);
    }
  }

  /** The next message, as JSON; events without one are passed over. */
  async message(): Promise<JsonObject | undefined> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) return undefined;
      if (event.data !== "" && event.event === "") return JSON.parse(event.data) as JsonObject;
    }
  }

  /** All messages until the end. */
  async rest(): Promise<JsonObject[]> {
    const all: JsonObject[] = [];
    for (let next = await this.message(); next !== undefined; next = await this.message()) all.push(next);
    return all;
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

function eventOf(block: string): ReadEvent | undefined {
  const [event] = createSseDecoder({ maxEventBytes: 2 ** 20 }).push(new TextEncoder().encode(block));
  if (event === undefined) return undefined;
  return { id: /^id: ?(.*)$/m.exec(block)?.[1], ...event };
}
