/** Where a session key stands in a text. */
export interface KeySpan {
  readonly from: number;
  readonly to: number;
}

/** The first value of a query parameter in a URL or a query with its `?`, as it is written there. */
export function querySpan(url: string, name: string): KeySpan | undefined {
  const hash = url.indexOf("#");
  const end = hash < 0 ? url.length : hash;
  let from = url.indexOf("?") + 1;
  while (from > 0 && from < end) {
    const next = url.indexOf("&", from);
    const to = next < 0 || next > end ? end : next;
    const equals = url.indexOf("=", from);
    if (equals >= 0 && equals < to && names(url.slice(from, equals), name)) return { from: equals + 1, to };
    from = to + 1;
  }
  return undefined;
}

function names(written: string, name: string): boolean {
  if (written === name) return true;
  if (!written.includes("%")) return false;
  try {
    return decodeURIComponent(written) === name;
  } catch {
    return false;
  }
}

/** The value of a cookie in a `Cookie` header, or in a `Set-Cookie` header that sets it. */
export function cookieSpan(header: string, name: string): KeySpan | undefined {
  let from = 0;
  while (from < header.length) {
    const next = header.indexOf(";", from);
    const end = next < 0 ? header.length : next;
    const pair = header.slice(from, end);
    const equals = pair.indexOf("=");
    if (equals >= 0 && pair.slice(0, equals).trim() === name) {
      const value = pair.slice(equals + 1);
      const begin = from + equals + 1 + value.length - value.trimStart().length;
      return { from: begin, to: begin + value.trim().length };
    }
    from = end + 1;
  }
  return undefined;
}

/** The text with another key. */
export function respelled(text: string, { from, to }: KeySpan, key: string): string {
  return text.slice(0, from) + key + text.slice(to);
}
