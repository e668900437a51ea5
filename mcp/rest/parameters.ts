import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ArgumentError } from "./argument-error.ts";
import type { ArgWire } from "./format.ts";

/** A name and a value, both ready to stand in a query. */
export type Pair = readonly [name: string, value: string];

/** A value as Higress writes it: a text as it is, lists and objects as JSON. */
export function plainText(value: Json): string {
  return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Everything that could mean something in a URL becomes an escape. */
export function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** RFC 3986's reserved characters stay, but for those that would end the query. */
function escapedButReserved(text: string): string {
  return escaped(text).replaceAll(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B|5B|5D)/g, decodeURIComponent);
}

interface Style {
  readonly name: string;
  readonly explode: boolean;
  readonly text: (value: Json) => string;
}

function styleOf(name: string, wire: ArgWire, text: (value: string) => string): Style {
  const explode = wire.explode ?? (wire.style === "form" || wire.style === "deepObject");
  return { name, explode, text: (value) => text(plainText(value)) };
}

/** An argument as parameters of a query or fields of a form. `encode` makes texts fit for it. */
export function pairsOf(
  name: string,
  value: Json,
  wire: ArgWire = {},
  encode: (text: string) => string = escaped,
): readonly Pair[] {
  const style = styleOf(encode(name), wire, wire.allowReserved === true ? escapedButReserved : encode);
  if (wire.contentType !== undefined || wire.style === undefined)
    return [[style.name, style.text(jsonWhere(wire, value))]];
  if (typeof value !== "object" || value === null) return [[style.name, style.text(value)]];
  if (wire.style === "deepObject") return deepPairs(value, style, encode, style.name, 0);
  if (Array.isArray(value)) return listPairs(value, wire, style);
  const members = Object.entries(value);
  if (style.explode) return members.map(([key, member]) => [encode(key), style.text(member)]);
  return [[style.name, members.map(([key, member]) => `${encode(key)},${style.text(member)}`).join(",")]];
}

/** A parameter that is JSON by its media type has its texts in quotes. */
function jsonWhere({ contentType }: ArgWire, value: Json): Json {
  return contentType !== undefined && /json/i.test(contentType) ? JSON.stringify(value) : value;
}

const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: "%20", pipeDelimited: "%7C" };

function listPairs(items: readonly Json[], wire: ArgWire, { name, explode, text }: Style): readonly Pair[] {
  if (explode) return items.map((item) => [name, text(item)]);
  return items.length === 0 ? [] : [[name, items.map(text).join(SEPARATORS[wire.style ?? ""] ?? ",")]];
}

/** OpenAPI says nothing of what is nested deeper, or of lists: they are written as most servers read them, `items[0][id]`. */
function deepPairs(
  value: JsonObject | readonly Json[],
  style: Style,
  encode: (text: string) => string,
  prefix: string,
  depth: number,
): readonly Pair[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const name = `${prefix}%5B${encode(key)}%5D`;
    if (typeof member !== "object" || member === null || depth >= 10) return [[name, style.text(member)] as const];
    return deepPairs(member, style, encode, name, depth + 1);
  });
}

/**
 * An argument as a part of the path: never more than one segment, unless the style says so. Throws an ArgumentError for a segment that would
 * climb: URLs have no way of writing `..` that is not read so, escaped dots included.
 */
export function pathText(name: string, value: Json, wire: ArgWire = {}): string {
  const text = pathTextOf(name, value, wire);
  if (/^\.\.?$/.test(text))
    throw new ArgumentError(`The argument '${name}' must not be '${text}': it is a part of the path.`);
  return text;
}

function pathTextOf(name: string, value: Json, wire: ArgWire): string {
  const { explode, text } = styleOf(name, wire, escaped);
  const items = Array.isArray(value) ? value.map(text) : undefined;
  const members = isObject(value)
    ? Object.entries(value).map(([key, member]) => [escaped(key), text(member)] as const)
    : undefined;
  if (wire.style === undefined || wire.contentType !== undefined) return text(value);
  const pieces = items ?? members?.map((pair) => pair.join(explode ? "=" : ",")) ?? [text(value)];
  if (wire.style === "label") return `.${pieces.join(explode ? "." : ",")}`;
  if (wire.style !== "matrix") return pieces.join(",");
  if (!explode || (items ?? members) === undefined) return `;${escaped(name)}=${pieces.join(",")}`;
  return items === undefined ? `;${pieces.join(";")}` : items.map((item) => `;${escaped(name)}=${item}`).join("");
}

/** An argument as a header's value. */
export function headerText(value: Json, wire: ArgWire = {}): string {
  if (wire.contentType !== undefined) return plainText(jsonWhere(wire, value));
  if (wire.style === undefined) return plainText(value);
  if (Array.isArray(value)) return value.map(plainText).join(",");
  if (!isObject(value)) return plainText(value);
  const between = wire.explode === true ? "=" : ",";
  return Object.entries(value)
    .map(([key, member]) => key + between + plainText(member))
    .join(",");
}

/** An argument as cookies. What a cookie cannot have is escaped. */
export function cookiesOf(name: string, value: Json, wire: ArgWire = {}): readonly string[] {
  return pairsOf(name, value, wire, cookieText).map((pair) => pair.join("="));
}

function cookieText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- controls are among what a cookie cannot have
  return text.replaceAll(/[\u0000-\u0020",;\\\u007f-\uffff]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}
