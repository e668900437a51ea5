import { HeaderList } from "../../core/header-list.ts";
import { BadAnswer } from "../../core/upstream.ts";

/** The status line and headers of an HTTP/1 answer (RFC 9112, sections 4 and 5). */
export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderList;
  /** By its version and its `connection` header the peer keeps the connection open. */
  readonly keepAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads a head, without the blank line behind it. Throws a BadAnswer for what is none: lines that are folded, names with spaces. */
export function parseHead(text: string): ResponseHead {
  let end = lineEnd(text, 0);
  const status = STATUS_LINE.exec(text.slice(0, end));
  if (status === null) throw new BadAnswer("The answer does not begin with an HTTP/1 status line.");
  const headers = new HeaderList();
  while (end < text.length) {
    const from = end + 2;
    end = lineEnd(text, from);
    const colon = text.indexOf(":", from);
    const name = text.slice(from, colon);
    if (colon < 0 || colon > end || !NAME.test(name)) throw new BadAnswer("The answer has a line that is no header.");
    headers.append(name.toLowerCase(), text.slice(colon + 1, end).trim());
  }
  return { status: Number(status[2]), headers, keepAlive: keepsAlive(status[1] === "1", headers) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\r\n", from);
  return end < 0 ? text.length : end;
}

function keepsAlive(http11: boolean, headers: HeaderList): boolean {
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  return http11 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
}
