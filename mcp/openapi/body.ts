import { isObject, type JsonObject } from "#src/core/json.ts";
import type { ArgWire, RequestTemplate, RestArg } from "#mcp/rest/format.ts";
import { objectOf, textOf } from "./fields.ts";
import { FILE_SCHEMA, fileField, propertyOf } from "./file-argument.ts";
import { type MediaKind, mediaKind } from "./media-type.ts";
import type { ArgNames } from "./names.ts";
import type { Body } from "./operation.ts";
import type { Documents } from "./references.ts";
import { restArg } from "./rest-arg.ts";
import { ANNOTATIONS } from "./schema/all-of.ts";
import type { SchemaWriter } from "./schema/writer.ts";

/** A body as arguments, with what of the request's template makes it one. */
export interface BodyArgs {
  readonly args: readonly RestArg[];
  readonly template: Pick<RequestTemplate, "headers" | "argsToJsonBody">;
}

/** Each field of a body is an argument; a body that is no plain list of fields is one argument as a whole. */
export function bodyArgs(body: Body, writer: SchemaWriter, names: ArgNames, documents: Documents): BodyArgs {
  const kind = mediaKind(body.contentType);
  if (kind === "text" || kind === "binary") return wholeBody(body, kind === "binary" ? FILE_SCHEMA : TEXT, names, kind);
  const schema = writer.writeOpen(body.schema);
  const { properties } = schema;
  if (kind !== "multipart" && (!isObject(properties) || !isFieldList(schema))) {
    return wholeBody(body, writer.write(body.schema), names, kind);
  }
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const fields = Object.entries(objectOf(properties));
  const args = fields.map(([name, field]) => {
    const parts = { name, schema: objectOf(field), required: required.includes(name) && body.required !== false };
    const given = names.give(name, "body");
    const rename = given === name ? {} : { name };
    const formed = kind === "json" ? { schema: parts.schema, wire: {} } : formField(parts, body, writer, documents);
    return restArg({
      name: given,
      position: "body",
      required: parts.required,
      schema: formed.schema,
      wire: { ...rename, ...formed.wire },
    });
  });
  // Without a field given there would be no body at all.
  const always = kind === "json" && body.required === true && !args.some((arg) => arg.required === true);
  return { args, template: { headers: contentTypeHeader(body), ...(always ? { argsToJsonBody: true } : {}) } };
}

const TEXT: JsonObject = { type: "string" };

function wholeBody(body: Body, schema: JsonObject, names: ArgNames, kind: MediaKind): BodyArgs {
  const name = names.give(kind === "binary" ? "file" : "body", "body");
  const wire: ArgWire = kind === "binary" ? { whole: true, file: true } : { whole: true };
  const { description, required = true } = body;
  return {
    args: [restArg({ name, position: "body", required, description, schema, wire })],
    template: { headers: contentTypeHeader(body) },
  };
}

/** The media type as it is sent: one with a `*` is none, and JSON's is meant, or of parts those of a form. */
function contentTypeHeader({ contentType }: Body): { key: string; value: string }[] {
  const parts = mediaKind(contentType) === "multipart";
  const value = parts ? "multipart/form-data" : contentType.includes("*") ? "application/json" : contentType;
  return [{ key: "Content-Type", value }];
}

/** Keywords beside which a body is still a list of fields. What they ask for is left to the API. */
const BESIDE: ReadonlySet<string> = new Set([
  ...ANNOTATIONS,
  "type",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
]);

function isFieldList(schema: JsonObject): boolean {
  return Object.entries(schema).every(([keyword, value]) => {
    // Fields that have no name in the document could not be given.
    if (keyword === "additionalProperties") return value === false || (isObject(value) && value["not"] !== undefined);
    if (keyword === "anyOf" || keyword === "allOf") return Array.isArray(value) && value.every(onlyRequires);
    return BESIDE.has(keyword);
  });
}

/** `anyOf: [{ required: [a] }, { required: [b] }]`: which fields go together, not what they are. */
function onlyRequires(branch: unknown): boolean {
  if (!isObject(branch)) return false;
  return Object.entries(branch).every(
    ([keyword, value]) =>
      keyword === "required" ||
      keyword === "type" ||
      ANNOTATIONS.has(keyword) ||
      ((keyword === "anyOf" || keyword === "allOf") && Array.isArray(value) && value.every(onlyRequires)),
  );
}

interface Field {
  readonly name: string;
  readonly schema: JsonObject;
}

/** A form's field: files in multipart, and lists and objects in the way its Encoding Object says. */
function formField(
  { name, schema }: Field,
  body: Body,
  writer: SchemaWriter,
  documents: Documents,
): { schema: JsonObject; wire: ArgWire } {
  const encoding = objectOf(body.encoding[name]);
  const contentType = textOf(encoding["contentType"])?.split(",")[0]?.trim();
  const multipart = mediaKind(body.contentType) === "multipart";
  const field = multipart ? propertyOf(body.schema, name, documents) : undefined;
  const file = fileField(field, contentType, documents);
  const told = textOf(schema["description"]);
  const description: JsonObject = told === undefined ? {} : { description: told };
  const type = contentType === undefined || contentType.includes("*") ? {} : { contentType };
  if (file === "one") return { schema: { ...FILE_SCHEMA, ...description }, wire: { file: true, ...type } };
  if (file === "many") {
    const each = { style: "form", explode: true } as const;
    return { schema: { type: "array", items: FILE_SCHEMA, ...description }, wire: { file: true, ...each, ...type } };
  }
  return { schema, wire: styleOfField(encoding, writer.open(schema), multipart, type) };
}

const STYLES = ["form", "spaceDelimited", "pipeDelimited", "deepObject"] as const;

function styleOfField(encoding: JsonObject, schema: JsonObject, multipart: boolean, type: ArgWire): ArgWire {
  const style = STYLES.find((one) => one === encoding["style"]);
  const { explode } = encoding;
  if (style !== undefined) {
    return { style, explode: typeof explode === "boolean" ? explode : style === "form" || style === "deepObject" };
  }
  if (type.contentType !== undefined) return multipart || type.contentType.includes("json") ? type : {};
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  if (types.includes("array")) return { style: "form", explode: true };
  return types.includes("object") && multipart ? { contentType: "application/json" } : {};
}
