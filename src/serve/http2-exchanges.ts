import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Connection, WebSocketBridge } from "../core/exchange.ts";
import type { Trailers } from "../core/trailers.ts";
import { type ExchangeWorld, handled } from "./http1-exchanges.ts";
import { requestOf } from "./node-request.ts";
import { type AnswerTarget, writeResponse } from "./node-response.ts";
import { joinWebSocket } from "./node-websocket.ts";

/** What HTTP/2 has no place for (RFC 9113, 8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** What a client's headers come to. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/** A request as `node:http2` has it. */
export interface Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they were sent. */
  readonly raw: readonly string[];
  readonly session: object;
  readonly connection: Connection;
}

/** Answers HTTP/2 requests of `node:http2`. */
export class Http2Exchanges {
  readonly #world: ExchangeWorld;

  constructor(world: ExchangeWorld) {
    this.#world = world;
  }

  async answer({ stream, headers, raw, session, connection }: Http2Request): Promise<void> {
    const { underWay, producerOf } = this.#world;
    const gone = new AbortController();
    let websocket = false;
    underWay.begin();
    // What went wrong is told by 'close'; without a listener it would end the process.
    stream.on("error", () => undefined);
    stream.once("close", () => {
      // A stream that was reset is finished as well.
      const whole = stream.writableFinished && !stream.aborted;
      if (!websocket && !whole) gone.abort(new DOMException("The client is gone.", "AbortError"));
      underWay.end();
    });
    const opensSocket = headers[":protocol"] === "websocket" && headers[":method"] === "CONNECT";
    const asked = askedOf(headers, raw, { opensSocket, secure: this.#world.known.secure });
    const body = stream.endAfterHeaders || opensSocket ? undefined : stream;
    const request =
      asked &&
      requestOf(asked.url, { method: asked.method, headers: asked.headers, signal: gone.signal }, body, stream);
    let trailers: Trailers | undefined;
    const to = http2Target(stream, asked?.method === "HEAD", () => trailers);
    if (asked === undefined || request === undefined) return writeResponse(new Response(null, { status: 400 }), to);
    const upgrade = (bridge: WebSocketBridge): Response => {
      websocket = true;
      const { protocol } = bridge;
      stream.respond({ ":status": 200, ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }) });
      joinWebSocket(stream, new Uint8Array(0), bridge);
      return new Response(null);
    };
    const refusal = this.#world.refusal?.(session, new URL(asked.url).hostname);
    const sendTrailers = (coming: Trailers): void => void (trailers = coming);
    const from = opensSocket ? { ...connection, upgrade } : { ...connection, sendTrailers };
    const response = refusal ?? (await handled(this.#world, request, from));
    if (!websocket) await writeResponse(response, to, producerOf);
  }
}

/** Undefined for what makes no request: no path, another CONNECT than a WebSocket's, headers that are none. */
function askedOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  raw: readonly string[],
  { opensSocket, secure }: { readonly opensSocket: boolean; readonly secure: boolean },
): Asked | undefined {
  const method = textOf(headers[":method"]);
  const path = textOf(headers[":path"]);
  const authority = textOf(headers[":authority"]) || textOf(headers["host"]);
  const url = `${secure ? "https" : "http"}://${authority || "localhost"}${path}`;
  if (method === "" || !path.startsWith("/") || !URL.canParse(url)) return undefined;
  if (method === "CONNECT" && !opensSocket) return undefined;
  const list = toHeaders(raw);
  if (list === undefined) return undefined;
  if (authority !== "") list.set("host", authority);
  // What the gateway knows a WebSocket by; RFC 8441 has a pseudo-header in its place.
  if (opensSocket) list.set("upgrade", "websocket");
  return { method: opensSocket ? "GET" : method, url, headers: list };
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A client may send its cookies one by one (RFC 9113, 8.2.3). */
function toHeaders(raw: readonly string[]): Headers | undefined {
  const headers = new Headers();
  const cookies: string[] = [];
  try {
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] ?? "";
      const value = raw[at + 1] ?? "";
      if (name === "cookie") cookies.push(value);
      else if (!name.startsWith(":")) headers.append(name, value);
    }
    if (cookies.length > 0) headers.set("cookie", cookies.join("; "));
  } catch {
    return undefined;
  }
  return headers;
}

function http2Target(stream: ServerHttp2Stream, headOnly: boolean, trailers: () => Trailers | undefined): AnswerTarget {
  return {
    out: stream,
    headOnly,
    head({ status, headers }, length, last) {
      const list: OutgoingHttpHeaders = { ":status": status };
      const cookies = headers.getSetCookie();
      for (const [name, value] of headers) if (!CONNECTION_HEADERS.has(name)) list[name] = value;
      if (cookies.length > 0) list["set-cookie"] = cookies;
      if (length !== undefined && !headers.has("content-length")) list["content-length"] = String(length);
      const coming = last ? undefined : trailers();
      stream.respond(list, { endStream: last, waitForTrailers: coming !== undefined });
      if (coming === undefined) return;
      // A server that takes HTTP/1.1 as well has its own answer to this, which is none.
      stream.removeAllListeners("wantTrailers");
      stream.once("wantTrailers", () => void sendTrailers(stream, coming));
    },
    // It is on its way already.
    flushHead: () => undefined,
    // `close` with a code would end the body first, as if it were whole.
    cut: () => stream.destroy(new Error("the answer failed")),
  };
}

/** The stream ends with them; where they are lost it must not look whole. */
async function sendTrailers(stream: ServerHttp2Stream, coming: Trailers): Promise<void> {
  try {
    const list: OutgoingHttpHeaders = {};
    for (const [name, value] of (await coming) ?? []) if (!CONNECTION_HEADERS.has(name)) list[name] = value;
    if (!stream.destroyed) stream.sendTrailers(list);
  } catch {
    stream.destroy(new Error("what comes after the answer is lost"));
  }
}
