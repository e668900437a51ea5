import { type DescField, type DescMessage, fromJson, type Registry } from "@bufbuild/protobuf";
import { isObject, type Json } from "#src/core/json.ts";

const ANY = "google.protobuf.Any";

/** The path of the deepest field that makes `json` no such message; empty when it is the message itself. */
export function faultyField(registry: Registry, message: DescMessage, json: Json): string {
  return pathIn(registry, message, json).replace(/^\./, "");
}

function pathIn(registry: Registry, message: DescMessage, json: Json): string {
  if (!isObject(json)) return "";
  const described = message.typeName === ANY ? typeOf(registry, json["@type"]) : message;
  if (described === undefined) return ".@type";
  for (const [key, value] of Object.entries(json)) {
    if (key === "@type" && message.typeName === ANY) continue;
    const field = described.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (field === undefined) {
      // A well-known type has a form of its own, whose keys are no fields.
      if (described.typeName.startsWith("google.protobuf.")) return "";
      return `.${key}`;
    }
    const path = pathInField(registry, field, value);
    if (path !== undefined) return `.${key}${path}`;
  }
  return "";
}

/** Where a field's value is wrong, an empty path when it is wrong as a whole; undefined when it is right. */
function pathInField(registry: Registry, field: DescField, value: Json): string | undefined {
  const alone = { [field.name]: value };
  if (isReadable(registry, field.parent, alone)) return undefined;
  const { message } = field;
  if (message === undefined) return "";
  if (field.fieldKind === "list" && Array.isArray(value)) {
    const index = value.findIndex((one) => !isReadable(registry, message, one));
    return index < 0 ? "" : `[${index}]${pathIn(registry, message, value[index] ?? null)}`;
  }
  if (field.fieldKind === "map" && isObject(value)) {
    const bad = Object.entries(value).find(([, one]) => !isReadable(registry, message, one));
    return bad === undefined ? "" : `[${JSON.stringify(bad[0])}]${pathIn(registry, message, bad[1])}`;
  }
  return pathIn(registry, message, value);
}

function isReadable(registry: Registry, message: DescMessage, json: Json): boolean {
  try {
    fromJson(message, json, { registry });
    return true;
  } catch {
    return false;
  }
}

function typeOf(registry: Registry, url: Json | undefined): DescMessage | undefined {
  return typeof url === "string" ? registry.getMessage(url.slice(url.lastIndexOf("/") + 1)) : undefined;
}
