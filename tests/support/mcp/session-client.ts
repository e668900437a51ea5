import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { within } from "#tests/support/until.ts";

/** A client of the session era that holds its connections in its own hands: node:http, since fetch holds 256 at most. */

const VERSION = "2025-11-25";
const ACCEPT = "application/json, text/event-stream";

/** An event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
}

/** One HTTP answer that is a stream of events. */
export class Events {
  readonly #request: ClientRequest;
  readonly #ready: StreamEvent[] = [];
  #wake: (() => void) | undefined;
  #over = false;
  /** The id of the last event that was taken. */
  lastId = "";

  constructor(outgoing: ClientRequest, answer: IncomingMessage) {
    this.#request = outgoing;
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        this.#ready.push({ id, event, data });
        this.#wake?.();
      },
    });
    const end = (): void => {
      this.#over = true;
      this.#wake?.();
    };
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => parser.feed(piece));
    answer.on("end", end);
    answer.on("error", end);
    answer.on("close", end);
  }

  /** The next event; undefined when the stream is over. */
  async next(): Promise<StreamEvent | undefined> {
    const wait = async (): Promise<StreamEvent | undefined> => {
      for (;;) {
        const event = this.#ready.shift();
        if (event !== undefined) {
          if (event.id !== undefined) this.lastId = event.id;
          return event;
        }
        if (this.#over) return undefined;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    };
    return within("an event", wait());
  }

  /** Leaves without a word. */
  drop(): void {
    this.#request.destroy();
  }
}

/** An answer that was read whole. */
export interface Whole {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

/** Sends a message and reads the answer whole. */
export function post(url: string, message: JsonObject, headers: Headers = {}): Promise<Whole> {
  const { promise, resolve, reject } = Promise.withResolvers<Whole>();
  const outgoing = posting(url, headers, (answer) => {
    let body = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => (body += piece));
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    answer.on("error", reject);
  });
  outgoing.on("error", reject);
  outgoing.end(JSON.stringify({ jsonrpc: "2.0", ...message }));
  return promise;
}

/** Sends a message whose answer is a stream. */
export function postForEvents(url: string, message: JsonObject, headers: Headers = {}): Promise<Events> {
  const { promise, resolve, reject } = Promise.withResolvers<Events>();
  const outgoing = posting(url, headers, (answer) => resolve(new Events(outgoing, answer)));
  outgoing.on("error", reject);
  outgoing.end(JSON.stringify({ jsonrpc: "2.0", ...message }));
  return promise;
}

/** Opens a stream by GET; rejects when the answer is none. */
export function getEvents(url: string, headers: Headers = {}): Promise<Events> {
  const { promise, resolve, reject } = Promise.withResolvers<Events>();
  const options = { agent: false as const, headers: { accept: "text/event-stream", ...headers } };
  const outgoing = request(url, options, (answer) => {
    if (answer.statusCode === 200) resolve(new Events(outgoing, answer));
    else reject(new Error(`no stream, but ${answer.statusCode}`));
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}

function posting(url: string, headers: Headers, answered: (answer: IncomingMessage) => void): ClientRequest {
  const own = { "content-type": "application/json", accept: ACCEPT, "mcp-protocol-version": VERSION };
  return request(url, { method: "POST", agent: false, headers: { ...own, ...headers } }, answered);
}

/** The params of `initialize`. */
export const INITIALIZE: JsonObject = {
  protocolVersion: VERSION,
  capabilities: {},
  clientInfo: { name: "session-client", version: "1.0.0" },
};

/** Begins a session of Streamable HTTP; resolves with the headers that belong to it. */
export async function beginSession(url: string): Promise<Record<string, string>> {
  const { headers, body } = await post(url, { id: 0, method: "initialize", params: INITIALIZE });
  const id = headers["mcp-session-id"];
  if (typeof id !== "string") throw new Error(`no session: ${body}`);
  const session = { "mcp-session-id": id };
  await post(url, { method: "notifications/initialized" }, session);
  return session;
}

/** A message as JSON; empty for an event without one. */
export function messageOf({ data }: StreamEvent): JsonObject {
  if (data === "") return {};
  const value = JSON.parse(data) as Json;
  return isObject(value) ? value : {};
}
