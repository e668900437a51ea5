import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { mediaKind } from "./media-type.ts";
import type { Documents, Located } from "./references.ts";

/** What a model gives for a file: it cannot upload one, but it can write its text, or bytes that it was shown in base64. */
export const FILE_SCHEMA: JsonObject = {
  type: "object",
  properties: {
    text: { type: "string", description: "The file's content, where it is text." },
    base64: {
      type: "string",
      contentEncoding: "base64",
      description: "The file's content in base64, where it is not.",
    },
    filename: { type: "string" },
    mediaType: { type: "string", description: "Such as image/png." },
  },
  oneOf: [{ required: ["text"] }, { required: ["base64"] }],
  additionalProperties: false,
};

/** Whether a field of a form holds a file, or a list of files. */
export function fileField(
  field: Located | undefined,
  contentType: string | undefined,
  documents: Documents,
): "one" | "many" | undefined {
  const schema = field === undefined ? undefined : documents.object(field);
  if (schema === undefined) return undefined;
  if (isFile(schema.value, contentType)) return "one";
  const { items } = schema.value;
  if (!isObject(items)) return undefined;
  const inner = documents.object({ value: items, document: schema.document });
  return inner !== undefined && isFile(inner.value, contentType) ? "many" : undefined;
}

/** Bytes: `format: binary` in 3.0, a media type without an encoding of the text, or no schema at all, in 3.1. */
function isFile(
  { type, format, contentMediaType, contentEncoding }: JsonObject,
  contentType: string | undefined,
): boolean {
  if (type === "file" || (type === "string" && format === "binary")) return true;
  if (contentEncoding !== undefined || (type !== undefined && type !== "string")) return false;
  const mediaType =
    typeof contentMediaType === "string" ? contentMediaType : type === undefined ? contentType : undefined;
  return mediaType !== undefined && mediaKind(mediaType) === "binary";
}

/** The schema of a property, in the schema itself or in one it is joined from. */
export function propertyOf(schema: Located, name: string, documents: Documents, depth = 0): Located | undefined {
  const found = documents.object(schema);
  if (found === undefined || depth > 8) return undefined;
  const { properties, allOf } = found.value;
  if (isObject(properties) && Object.hasOwn(properties, name)) {
    return { value: properties[name] ?? {}, document: found.document };
  }
  const parents: readonly Json[] = Array.isArray(allOf) ? allOf : [];
  for (const value of parents) {
    const property = propertyOf({ value, document: found.document }, name, documents, depth + 1);
    if (property !== undefined) return property;
  }
  return undefined;
}
