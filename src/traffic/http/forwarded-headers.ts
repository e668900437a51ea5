import type { Exchange } from "#src/core/exchange.ts";

/**
 * Headers that speak of one connection only (RFC 9110, 7.6.1, and what HTTP/1.1 software still sends). `te` and `trailer` go with them:
 * fetch shows no trailers, so none can be promised.
 */
const HOP_BY_HOP: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** The gateway's own server answered `expect: 100-continue` already; the upstream must not be asked again. */
const NOT_SENT_ON: readonly string[] = [...HOP_BY_HOP, "expect", "content-length"];

/** RFC 9110, 5.6.2. */
const TOKEN = /[!#$%&'*+.^`|~\w-]+/g;

/** A copy without what belongs to the connection, the headers named by `Connection` included. */
export function withoutHopByHop(headers: Headers, dropped: readonly string[] = HOP_BY_HOP): Headers {
  // The runtime's own copy and blind deletes take less than half the time of a loop over the entries.
  const copy = new Headers(headers);
  for (const name of connectionNames(headers.get("connection"))) copy.delete(name);
  for (const name of dropped) copy.delete(name);
  return copy;
}

function connectionNames(connection: string | null): readonly string[] {
  // Nearly every request says just this.
  if (connection === null || connection === "keep-alive" || connection === "close") return [];
  return connection.match(TOKEN) ?? [];
}

/** How the client's request is introduced to the upstream. */
export interface ForwardingOptions {
  readonly trustForwarded: boolean;
  /** Replaces `Host`. */
  readonly host: string | undefined;
}

/**
 * The headers an upstream gets: the client's, with its address appended to `x-forwarded-for`, and with `x-forwarded-proto` and
 * `x-forwarded-host` set. `Host` stays the client's. `content-length` is left to fetch.
 */
export function forwardedHeaders(exchange: Exchange, options: ForwardingOptions): Headers {
  const { request, connection } = exchange;
  const headers = withoutHopByHop(request.headers, NOT_SENT_ON);
  const host = request.headers.get("host") ?? exchange.host;
  if (connection.forwarded === true) headers.delete("x-sluice-listener");
  else if (connection.remoteAddress !== undefined) headers.append("x-forwarded-for", connection.remoteAddress);
  const state = options.trustForwarded ? setMissing : set;
  state(headers, "x-forwarded-proto", connection.secure ? "https" : "http");
  state(headers, "x-forwarded-host", host);
  headers.set("host", options.host ?? host);
  return headers;
}

function set(headers: Headers, name: string, value: string): void {
  headers.set(name, value);
}

function setMissing(headers: Headers, name: string, value: string): void {
  if (!headers.has(name)) headers.set(name, value);
}
