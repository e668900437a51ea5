import type { HeaderChanges } from "#config/model/http-route.ts";
import type { Json, JsonObject } from "#src/core/json.ts";

/** Which of Envoy's two sets of fields is meant. */
type Direction = "request" | "response";

/** `Host` is no header to Envoy: it is rewritten by the route. */
const isHost = (name: string): boolean => name.toLowerCase() === "host";

/**
 * The fields of a route, or of one of its clusters, that change headers. Envoy removes before it adds, and adds in the order given, as the
 * gateway does.
 */
export function headerFields(direction: Direction, changes: HeaderChanges | undefined): JsonObject {
  if (changes === undefined) return {};
  const own = (entries: Readonly<Record<string, string>>) =>
    Object.entries(entries).filter(([name]) => direction === "response" || !isHost(name));
  const options = [
    ...own(changes.set).map(([name, value]) => headerOption(name, value, "OVERWRITE_IF_EXISTS_OR_ADD")),
    ...own(changes.add).map(([name, value]) => headerOption(name, value, "APPEND_IF_EXISTS_OR_ADD")),
  ];
  const removed = changes.remove.filter((name) => direction === "response" || !isHost(name));
  return {
    ...(options.length === 0 ? {} : { [`${direction}_headers_to_add`]: options }),
    ...(removed.length === 0 ? {} : { [`${direction}_headers_to_remove`]: removed }),
  };
}

/** A `HeaderValueOption` of a value that stands for itself. */
export function headerOption(key: string, value: string, action: string): JsonObject {
  return {
    header: { key, value: value.replaceAll("%", "%%") },
    append_action: action,
    // Envoy leaves empty values out unless told otherwise.
    ...(value === "" ? { keep_empty_value: true } : {}),
  };
}

/** What a route's header changes make of `Host`. */
export function changedHost(changes: HeaderChanges | undefined): string | undefined {
  return Object.entries(changes?.set ?? {}).find(([name]) => isHost(name))?.[1];
}

/** Joins the fields of several sources: lists one behind the other. */
export function joinedFields(...sources: readonly JsonObject[]): JsonObject {
  const out: JsonObject = {};
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) out[name] = joinedValue(out[name], value);
  }
  return out;
}

function joinedValue(before: Json | undefined, value: Json): Json {
  return Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
}
