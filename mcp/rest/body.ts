import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { RequestBody } from "./body-content.ts";
import type { RestArg } from "./format.ts";
import { fileOf, multipartBody, type Part } from "./multipart.ts";
import { pairsOf, plainText } from "./parameters.ts";

/** How a tool's arguments become a body. `contentType` is what the tool's headers say. */
export type BodyWriter = (args: JsonObject, contentType: string | null) => RequestBody | undefined;

const JSON_TYPE = "application/json; charset=utf-8";

/** `always` sends a body also when no argument is given. */
export function jsonWriter(fields: readonly RestArg[], always: boolean): BodyWriter {
  return (args) => {
    const body: JsonObject = {};
    for (const { name, wire } of fields) {
      const value = args[name];
      if (value !== undefined) body[wire?.name ?? name] = value;
    }
    return always || Object.keys(body).length > 0 ? { bytes: JSON.stringify(body), contentType: JSON_TYPE } : undefined;
  };
}

export function formWriter(fields: readonly RestArg[], always: boolean): BodyWriter {
  return (args) => {
    const pairs = fields.flatMap(({ name, wire }) => {
      const value = args[name];
      return value === undefined || value === null ? [] : pairsOf(wire?.name ?? name, value, wire);
    });
    if (!always && pairs.length === 0) return undefined;
    const bytes = pairs
      .map((pair) => pair.join("="))
      .join("&")
      .replaceAll("%20", "+");
    return { bytes, contentType: "application/x-www-form-urlencoded" };
  };
}

function multipartWriter(fields: readonly RestArg[]): BodyWriter {
  return (args) => {
    const parts = fields.flatMap(({ name, wire = {} }): readonly Part[] => {
      const value = args[name];
      if (value === undefined || value === null) return [];
      const values = Array.isArray(value) && wire.style === "form" ? value : [value];
      return values.map((one) => partOf(wire.name ?? name, one, wire.file === true, wire.contentType));
    });
    return parts.length === 0 ? undefined : multipartBody(parts);
  };
}

function partOf(name: string, value: Json, isFile: boolean, mediaType: string | undefined): Part {
  if (isFile) return { name, ...fileOf(value, mediaType) };
  const type = mediaType ?? (typeof value === "object" ? "application/json" : undefined);
  return { name, filename: undefined, mediaType: type, bytes: plainText(value) };
}

/** Arguments of position `body`: a form or parts where the `Content-Type` says so, else JSON. */
export function positionedWriter(fields: readonly RestArg[]): BodyWriter {
  const [first] = fields;
  if (fields.length === 1 && first?.wire?.whole === true) return wholeWriter(first);
  const [asJson, asForm, asParts] = [jsonWriter(fields, false), formWriter(fields, false), multipartWriter(fields)];
  return (args, contentType) => {
    if (contentType?.includes("multipart/form-data") === true) return asParts(args, contentType);
    return (contentType?.includes("application/x-www-form-urlencoded") === true ? asForm : asJson)(args, contentType);
  };
}

/** The one argument is the body: JSON where that is said or nothing is, else the text or the file. */
function wholeWriter({ name, wire }: RestArg): BodyWriter {
  return (args, contentType) => {
    const value = args[name];
    if (value === undefined) return undefined;
    const type = wire?.contentType ?? contentType ?? JSON_TYPE;
    if (wire?.file === true) {
      const { bytes, mediaType } = fileOf(value, contentType ?? undefined);
      return { bytes, contentType: mediaType ?? type };
    }
    if (/\bx-www-form-urlencoded\b/.test(type) && isObject(value)) {
      return formWriter(
        Object.keys(value).map((key) => ({ name: key })),
        true,
      )(value, contentType);
    }
    return { bytes: /[/+]json\b/i.test(type) ? JSON.stringify(value) : plainText(value), contentType: type };
  };
}
