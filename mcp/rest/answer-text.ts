import type { ApiAnswer } from "./exchange.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What an answer says, by its own charset; undefined for bytes that are no text. */
export function answerText({ headers, body }: ApiAnswer): string | undefined {
  const charset = /;\s*charset="?([^;"\s]+)/i.exec(headers.get("content-type") ?? "")?.[1] ?? "utf-8";
  try {
    return (/^utf-?8$/i.test(charset) ? utf8 : new TextDecoder(charset as "utf-8", { fatal: true })).decode(body);
  } catch {
    return charset === "utf-8" ? undefined : lenient(body);
  }
}

/** A charset nobody knows, or one that is not kept to. */
function lenient(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/** Cut to so many bytes of UTF-8, between two characters, with a word of it. */
export function cutText(text: string, most: number): string {
  if (text.length * 3 <= most) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength <= most) return text;
  let end = most;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const kept = new TextDecoder().decode(bytes.subarray(0, end));
  return `${kept}\n[cut here: ${bytes.byteLength - end} of ${bytes.byteLength} bytes are left out]`;
}
