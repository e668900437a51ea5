import { HeaderList } from "../../core/header-list.ts";
import { BadAnswer } from "../../core/upstream.ts";

/** The status line and headers of an HTTP/1 answer (RFC 9112, sections 4 and 5). */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderList;
  /** By its version and its `connection` header the peer keeps the connection open. */
  readonly keepAlive: boolean;
  /** For how many milliseconds it does so while nobody asks anything, when it says that. */
  readonly keptFor: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\0\r\n]*)?$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Half an end of a line, which is a whole one to some, and what ends a text to others. */
const UNCLEAR = /[\0\r\n]/;

/** Reads a head, without the blank line behind it. Throws a BadAnswer for what is none: lines that are folded, names with spaces. */
export function parseHead(text: string): ResponseHead {
  let end = lineEnd(text, 0);
  const [, minor, status] = STATUS_LINE.exec(text.slice(0, end)) ?? [];
  if (status === undefined) throw new BadAnswer("The answer does not begin with an HTTP/1 status line.");
  const headers = new HeaderList();
  while (end < text.length) {
    const from = end + 2;
    end = lineEnd(text, from);
    const colon = text.indexOf(":", from);
    const name = text.slice(from, colon);
    if (colon < 0 || colon > end || !NAME.test(name)) throw new BadAnswer("The answer has a line that is no header.");
    const value = unpadded(text, colon + 1, end);
    if (UNCLEAR.test(value)) throw new BadAnswer("The answer has a header with a lone CR or LF, or a NUL.");
    headers.append(name.toLowerCase(), value);
  }
  return { status: Number(status), headers, keepAlive: keepsAlive(minor === "1", headers), keptFor: keptFor(headers) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\r\n", from);
  return end < 0 ? text.length : end;
}

/** Without the blanks and tabs around it. `trim` would take more, a no-break space among them, which is a byte of some UTF-8 letters here. */
function unpadded(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function keepsAlive(http11: boolean, headers: HeaderList): boolean {
  const connection = headers.get("connection");
  if (connection === null) return http11;
  if (http11) return !/\bclose\b/i.test(connection);
  // Who does not know how to say where a body ends cannot be trusted with another one (RFC 9112, section 6.1).
  return /\bkeep-alive\b/i.test(connection) && !headers.has("transfer-encoding");
}

/** What the header of RFC 2068, section 19.7.1, promises; most servers write it. */
function keptFor(headers: HeaderList): number | undefined {
  const promise = headers.get("keep-alive");
  const seconds = promise === null ? undefined : /\btimeout\s*=\s*"?(\d{1,9})\b/i.exec(promise)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
