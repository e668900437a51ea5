import type { CallRequest } from "#src/core/plugin.ts";

/** Headers of a signed request (Alibaba Cloud API Gateway, "Request signatures"). */
export const HMAC_HEADERS = {
  key: "x-ca-key",
  signature: "x-ca-signature",
  signed: "x-ca-signature-headers",
  method: "x-ca-signature-method",
  timestamp: "x-ca-timestamp",
} as const;

/** Those that stand at the beginning of each text to sign, whether or not they are there. */
const ALWAYS = ["accept", "content-md5", "content-type", "date"] as const;

/** Those that are never among the client's own choice of headers. */
const NEVER: ReadonlySet<string> = new Set([HMAC_HEADERS.signature, HMAC_HEADERS.signed, ...ALWAYS]);

/**
 * What a client has to sign; `form` is the body of a form, else empty. Where a parameter has no value there are two: its name alone, as
 * the documentation has it, and the name with `=` behind it, as Higress checks it.
 */
export function stringsToSign(
  request: Pick<CallRequest, "method" | "path" | "search" | "headers">,
  form: string,
): readonly string[] {
  const { method, path, search, headers } = request;
  const value = (name: string): string => headers.get(name) ?? "";
  const chosen = value(HMAC_HEADERS.signed)
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && !NEVER.has(name))
    .sort();
  const lines = [method, ...ALWAYS.map(value), ...chosen.map((name) => `${name}:${value(name)}`)];
  const signed = ["", "="].map((empty) => lines.concat(path + parameters(search, form, empty)).join("\n"));
  return [...new Set(signed)];
}

/** Those of the query and of the form, by name; of several of one name the first counts. */
function parameters(search: string, form: string, empty: string): string {
  const first = new Map<string, string>();
  for (const [name, value] of [...new URLSearchParams(search), ...new URLSearchParams(form)]) {
    if (!first.has(name)) first.set(name, value);
  }
  if (first.size === 0) return "";
  const pairs = [...first].sort(([a], [b]) => (a < b ? -1 : 1));
  return `?${pairs.map(([name, value]) => (value === "" ? name + empty : `${name}=${value}`)).join("&")}`;
}
