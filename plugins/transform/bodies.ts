import { JsonNode } from "#src/core/gjson/node.ts";
import type { Bytes } from "#src/core/plugin.ts";
import type { KeyValues } from "./key-values.ts";
import { parseMultipart } from "./multipart.ts";

/** A body as it can be changed. */
export type ParsedBody =
  | { readonly kind: "json"; readonly node: JsonNode }
  | { readonly kind: "form"; readonly values: KeyValues; print(values: KeyValues): Bytes };

type Reader = (body: Bytes, contentType: string) => ParsedBody | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  "application/json": readJson,
  "application/x-www-form-urlencoded": readForm,
  "multipart/form-data": readMultipart,
};

/** Whether bodies of this type can be changed; of answers only JSON. */
export function isReadable(contentType: string | null, message: "request" | "response"): boolean {
  const type = mediaType(contentType ?? "");
  return type === "application/json" || (message === "request" && Object.hasOwn(READERS, type));
}

/** Undefined when the body is not what its type says. */
export function readBody(body: Bytes, contentType: string): ParsedBody | undefined {
  return body.byteLength === 0 ? undefined : READERS[mediaType(contentType)]?.(body, contentType);
}

function mediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

const encoder = new TextEncoder();

/** JSON text as a body. */
export function printJson(node: JsonNode): Bytes {
  return encoder.encode(node.raw);
}

function textOf(body: Bytes): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function readJson(body: Bytes): ParsedBody | undefined {
  const text = textOf(body);
  const node = text === undefined ? undefined : JsonNode.parse(text);
  return node === undefined ? undefined : { kind: "json", node };
}

function readForm(body: Bytes): ParsedBody | undefined {
  const text = textOf(body);
  if (text === undefined) return undefined;
  return {
    kind: "form",
    values: queryValues(text),
    print: (values) => encoder.encode(queryText(values)),
  };
}

/** The parameters of a query, or of a form written like one. */
export function queryValues(search: string): KeyValues {
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of new URLSearchParams(search)) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

/** Without `?`. */
export function queryText(values: KeyValues): string {
  const query = new URLSearchParams();
  for (const [name, all] of values) for (const value of all) query.append(name, value);
  return query.toString();
}

/** Files are kept as they are. */
function readMultipart(body: Bytes, contentType: string): ParsedBody | undefined {
  const form = parseMultipart(body, contentType);
  return form === undefined ? undefined : { kind: "form", values: form.values, print: (values) => form.print(values) };
}
