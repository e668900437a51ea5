/**
 * Values of `Mcp-Name` and `Mcp-Param-*` (2026-07-28, "Streamable HTTP", section "Value Encoding"): plain where a header can carry them,
 * else `=?base64?…?=` around the UTF-8 bytes.
 */

const BEGIN = "=?base64?";
const END = "?=";

/** What a header may carry as it is: printable ASCII and inner blanks. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/** Padding is not left out. */
const STRICT = { lastChunkHandling: "strict" } as const;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A value as a header carries it. */
export function encodeHeaderValue(value: string): string {
  if (value === "" || (PLAIN.test(value) && !isMarked(value))) return value;
  return BEGIN + new TextEncoder().encode(value).toBase64() + END;
}

/** The value that a header carries; undefined when it is not well formed. */
export function decodeHeaderValue(header: string): string | undefined {
  if (!isMarked(header)) return header === "" || PLAIN.test(header) ? header : undefined;
  try {
    return strictUtf8.decode(Uint8Array.fromBase64(header.slice(BEGIN.length, -END.length), STRICT));
  } catch {
    return undefined;
  }
}

function isMarked(value: string): boolean {
  return value.startsWith(BEGIN) && value.endsWith(END) && value.length >= BEGIN.length + END.length;
}
