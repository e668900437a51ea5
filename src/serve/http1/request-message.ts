import type { HeaderList } from "../../core/header-list.ts";
import type { UpstreamRequest } from "../../core/upstream.ts";

/** Where a URL's requests go, and what they ask for there. */
export interface Address {
  /** Tells origins apart: scheme, host and port, and the addresses that may be connected to where they are given. */
  readonly origin: string;
  readonly hostname: string;
  /** Where the connection goes: the host, or one of its addresses. */
  readonly peer: string;
  readonly port: number;
  readonly secure: boolean;
  /** The value of `host`. */
  readonly host: string;
  /** Path and query as the request line has them. */
  readonly target: string;
}

/** The most URLs whose parts are remembered. Few providers have more: only those that write a model's name into the path. */
const MAX_KNOWN = 2000;
const known = new Map<string, Address>();

/** The parts of an `http:` or `https:` URL. Throws a TypeError for what is none, and for one that names a user, which nobody would be told of. */
export function addressOf(url: string): Address {
  const seen = known.get(url);
  if (seen !== undefined) return seen;
  if (known.size >= MAX_KNOWN) known.clear();
  const { origin, hostname, port, protocol, host, pathname, search, username, password } = new URL(url);
  const secure = protocol === "https:";
  if (!secure && protocol !== "http:") throw new TypeError("An upstream's URL must begin with http: or https:.");
  if (username !== "" || password !== "") throw new TypeError("An upstream's URL must not name a user.");
  const plain = hostname.replace(/^\[|\]$/g, "");
  const address: Address = {
    origin,
    hostname: plain,
    peer: plain,
    port: Number(port) || (secure ? 443 : 80),
    secure,
    host,
    target: pathname + search,
  };
  known.set(url, address);
  return address;
}

/** A request as it goes out: one text that is its bytes in UTF-8, or pieces of bytes. */
export type Message = { readonly method: string } & (
  | { readonly text: string; readonly length: number }
  | { readonly pieces: readonly Uint8Array[] }
);

/**
 * Writes a request (RFC 9112, section 3). Throws a TypeError for a header whose name or value could not be a line of its own, so that no
 * value can add another.
 */
export function messageOf({ method, headers, body }: UpstreamRequest, address: Address): Message {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const head = headOf(method, address, headers, body === undefined && method !== "POST" ? undefined : length);
  if (typeof body === "string" && ASCII_LINES.test(head)) {
    return { method, text: head + body, length: head.length + length };
  }
  // A header's characters are bytes (ISO 8859-1), a body's are UTF-8.
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return { method, pieces: [Buffer.from(head, "latin1"), ...(bytes === undefined ? [] : [bytes])] };
}

const ASCII_LINES = /^[\t\r\n\x20-\x7e]*$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What the transport itself says; said twice, it could mean two requests. */
const OWN = new Set(["host", "content-length", "transfer-encoding", "connection"]);

/** For clients that send none: some vendors' firewalls refuse a request without. */
const USER_AGENT = "user-agent: sluice\r\n";

function headOf(method: string, { target, host }: Address, headers: HeaderList, length: number | undefined): string {
  if (!NAME.test(method)) throw new TypeError("The method has characters that a method cannot have.");
  let text = `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`;
  headers.forEach((value, name) => {
    if (!NAME.test(name) || OWN.has(name)) throw new TypeError("A header has a name that it cannot have.");
    if (!VALUE.test(value)) throw new TypeError(`The header '${name}' has characters that a header cannot have.`);
    text += `${name}: ${value}\r\n`;
  });
  if (!headers.has("user-agent")) text += USER_AGENT;
  return length === undefined ? `${text}\r\n` : `${text}content-length: ${length}\r\n\r\n`;
}
