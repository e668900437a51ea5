import type { HeaderView } from "#src/core/header-list.ts";
import type { Call, CallHeaders } from "#src/core/plugin.ts";
import type { KeyValues } from "./key-values.ts";

/** Headers as names and values, with HTTP/2's own: `:authority` stands for `host`. */
export function requestHeaders({ request, connection }: Call): KeyValues {
  const { method, path, search, host, headers } = request;
  const values = linesOf(headers);
  values.delete("host");
  return new Map([
    [":method", [method]],
    [":authority", [headers.get("host") ?? host]],
    [":path", [path + search]],
    [":scheme", [connection.secure ? "https" : "http"]],
    ...values,
  ]);
}

/** Headers of the answer, with `:status`. */
export function responseHeaders({ response }: Call): KeyValues {
  return new Map([
    [":status", [String(response?.status ?? 0)]],
    ...(response === undefined ? [] : linesOf(response.headers)),
  ]);
}

function linesOf(headers: HeaderView): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  headers.forEach((value, name) => values.set(name, [...(values.get(name) ?? []), value]));
  return values;
}

/** What of HTTP/2's own headers can be changed, and how; they cannot be taken away. */
const OWN: Readonly<Record<string, (call: Call, value: string) => void>> = {
  ":method": ({ request }, value) => void (request.method = value),
  ":authority": ({ request }, value) => {
    request.host = value;
    request.headers.set("host", value);
  },
  ":path": ({ request }, value) => {
    if (!value.startsWith("/")) return;
    const at = value.indexOf("?");
    request.path = at < 0 ? value : value.slice(0, at);
    request.search = at < 0 ? "" : value.slice(at);
  },
  ":status": ({ response }, value) => {
    if (response !== undefined && /^[2-5]\d\d$/.test(value)) response.status = Number(value);
  },
};

/** How a message is framed is for who sends it to say. */
const FRAMING = new Set(["content-length", "transfer-encoding", "connection"]);

/** Writes what has changed; answers whether something has. */
export function writeHeaders(call: Call, headers: CallHeaders, before: KeyValues, after: KeyValues): boolean {
  let changed = false;
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const values = after.get(name);
    if (FRAMING.has(name) || same(before.get(name), values)) continue;
    changed = true;
    if (name.startsWith(":")) {
      const value = values?.at(-1);
      if (value !== undefined) OWN[name]?.(call, headerText(value));
      continue;
    }
    headers.delete(name);
    for (const value of values ?? []) headers.append(name, headerText(value));
  }
  return changed;
}

function same(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((value, at) => value === b?.[at]) === true);
}

const encoder = new TextEncoder();

/** A value that a header may hold: other text as its UTF-8 bytes, line breaks and the like as blanks. */
function headerText(value: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = value.replaceAll(/[\0-\x08\x0a-\x1f\x7f]/g, " ").trim();
  if (!/[^\0-\xff]/.test(clean)) return clean;
  return Array.from(encoder.encode(clean), (byte) => String.fromCharCode(byte)).join("");
}
