import type { HeaderView } from "../../core/header-list.ts";
import type { Loss } from "../../core/protocol.ts";
import type { Answer } from "./call.ts";

/** What the gateway sets itself, or what belongs to the connection to the provider (RFC 9110, 7.6.1). */
const KEPT_BACK: ReadonlySet<string> = new Set([
  "alt-svc",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "proxy-authenticate",
  "server",
  "set-cookie",
  "strict-transport-security",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-request-id",
]);

/** The longest list of losses put in a header, in characters; the access log has them all. */
const MAX_LOSS = 1000;

/** The headers of an answer: the provider's own when the client speaks its protocol, rate limits and ids among them. */
export function responseHeaders(answer: Answer, contentType: string, losses: readonly Loss[]): Headers {
  const headers = new Headers({ "content-type": contentType });
  if (contentType === "text/event-stream") headers.set("cache-control", "no-cache");
  if (answer.outgoing.native) {
    copySafe(answer.headers, headers);
  }
  if (losses.length > 0) headers.set("x-sluice-loss", lossHeader(losses));
  return headers;
}

/** Sets on `to` those of a provider's headers that mean something to its client. */
export function copySafe(from: HeaderView, to: Headers): void {
  const ofConnection = namesOf(from.get("connection"));
  from.forEach((value, name) => {
    if (!KEPT_BACK.has(name) && !ofConnection.includes(name)) to.set(name, value);
  });
}

/** The headers that a `connection` header names as the connection's own. */
function namesOf(connection: string | null): readonly string[] {
  if (connection === null || connection.toLowerCase() === "keep-alive") return [];
  return connection.split(",").map((name) => name.trim().toLowerCase());
}

/** The value of `x-sluice-loss`. */
export function lossHeader(losses: readonly Loss[]): string {
  const fields = [...new Set(losses.map(({ field, kind }) => (kind === "dropped" ? field : `${field};approximated`)))];
  // Field names come from requests, and a header takes printable ASCII alone.
  const text = fields.join(", ").replace(/[^\x20-\x7e]/g, "?");
  return text.length > MAX_LOSS ? `${text.slice(0, MAX_LOSS)}...` : text;
}
