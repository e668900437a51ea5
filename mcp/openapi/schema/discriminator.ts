import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { type Documents, referenceOf } from "../references.ts";

/**
 * Says at each branch of a `oneOf` or `anyOf` with a discriminator which value names it, where the branch's own schema does not: OpenAPI
 * keeps that beside the schemas, JSON Schema has no such keyword.
 */
export function tagBranches(
  written: JsonObject,
  schema: JsonObject,
  documents: Documents,
  document: string,
): JsonObject {
  const { discriminator } = schema;
  if (!isObject(discriminator) || typeof discriminator["propertyName"] !== "string") return written;
  const { propertyName } = discriminator;
  const mapping = isObject(discriminator["mapping"]) ? discriminator["mapping"] : {};
  const branches = schema["oneOf"] ?? schema["anyOf"];
  const { anyOf } = written;
  if (!Array.isArray(branches) || !Array.isArray(anyOf) || anyOf.length !== branches.length) return written;
  const tagged = anyOf.map((branch, index) => {
    const reference = referenceOf(branches[index] ?? null);
    const tags = reference === undefined ? [] : tagsOf(reference, mapping, documents, document);
    return isObject(branch) && tags.length > 0 ? tag(branch, propertyName, tags) : branch;
  });
  return { ...written, anyOf: tagged };
}

/** The same for a subtype, at `reference`, of a schema with a discriminator. */
export function taggedBranch(
  branch: JsonObject,
  reference: string,
  schema: JsonObject,
  documents: Documents,
): JsonObject {
  const { discriminator } = schema;
  const propertyName = isObject(discriminator) ? discriminator["propertyName"] : discriminator;
  const mapping = isObject(discriminator) && isObject(discriminator["mapping"]) ? discriminator["mapping"] : {};
  if (typeof propertyName !== "string") return branch;
  return tag(branch, propertyName, tagsOf(reference, mapping, documents, documents.root));
}

/** The values that name a branch: those mapped to it, else its schema's own name. */
function tagsOf(reference: string, mapping: JsonObject, documents: Documents, document: string): string[] {
  const name = reference.split("/").at(-1) ?? "";
  const key = documents.find(reference, document)?.key;
  const mapped = Object.entries(mapping).filter(
    ([, to]) => typeof to === "string" && (to === name || documents.find(to, document)?.key === key),
  );
  if (mapped.length > 0) return mapped.map(([value]) => value);
  return name === "" ? [] : [name];
}

function tag(branch: JsonObject, propertyName: string, tags: readonly string[]): JsonObject {
  const properties = isObject(branch["properties"]) ? branch["properties"] : {};
  const known: Json = properties[propertyName] ?? {};
  if (!isObject(known) || known["enum"] !== undefined || known["const"] !== undefined) return branch;
  const value: JsonObject = tags.length === 1 ? { const: tags[0] ?? "" } : { enum: [...tags] };
  const required = Array.isArray(branch["required"]) ? branch["required"] : [];
  return {
    ...branch,
    properties: { ...properties, [propertyName]: { ...known, ...value } },
    required: [...new Set([...required, propertyName])],
  };
}
