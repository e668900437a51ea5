import { type DescMessage, type Registry } from "@bufbuild/protobuf";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";

const ANY = "google.protobuf.Any";

/** What stands in place of a secret, as in Envoy's own dump. */
const REDACTED = "[redacted]";

/** A message in JSON form without what Envoy marks as sensitive: private keys, passwords, tokens. */
export function redacted(registry: Registry, message: DescMessage, json: JsonObject): JsonObject {
  const described = message.typeName === ANY ? typeOf(registry, json["@type"]) : message;
  // What is not known may hold anything.
  if (described === undefined) return { ...json, ...(message.typeName === ANY ? { value: REDACTED } : {}) };
  return Object.fromEntries(
    Object.entries(json).map(([key, value]): [string, Json] => {
      const field = described.fields.find(({ jsonName, name }) => jsonName === key || name === key);
      if (field === undefined) return [key, value];
      if (field.proto.options?.debugRedact === true) return [key, hidden(value)];
      return [key, field.message === undefined ? value : within(registry, field.message, field.fieldKind, value)];
    }),
  );
}

function within(registry: Registry, message: DescMessage, kind: string, value: Json): Json {
  const one = (item: Json): Json => (isObject(item) ? redacted(registry, message, item) : item);
  if (kind === "list" && Array.isArray(value)) return value.map(one);
  if (kind === "map" && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, one(item)]));
  return one(value);
}

/** Which fields there are is shown, what is in them is not. */
function hidden(value: Json): Json {
  if (Array.isArray(value)) return value.map(hidden);
  return isObject(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, REDACTED])) : REDACTED;
}

function typeOf(registry: Registry, url: Json | undefined): DescMessage | undefined {
  return typeof url === "string" ? registry.getMessage(url.slice(url.lastIndexOf("/") + 1)) : undefined;
}
