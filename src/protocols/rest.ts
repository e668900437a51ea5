import type { Rest } from "../core/chat.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { ProtocolName } from "../core/protocol.ts";
import type { Losses } from "./losses.ts";

/**
 * The fields of `value` that `known` does not name, or undefined when there is none. A key of `nested` names an object whose own unknown
 * fields are kept under the same key.
 */
export function restOf(
  protocol: ProtocolName,
  value: JsonObject,
  known: ReadonlySet<string>,
  nested?: Readonly<Record<string, ReadonlySet<string>>>,
): Rest | undefined {
  const fields: JsonObject = {};
  let found = false;
  for (const key of Object.keys(value)) {
    const field = value[key] as JsonObject[string];
    let kept: JsonObject[string] | undefined;
    if (!known.has(key)) kept = field;
    else if (nested?.[key] !== undefined && isObject(field)) kept = restOf(protocol, field, nested[key])?.fields;
    // Assigned, a wire field of this name would replace the object's prototype.
    if (kept === undefined || key === "__proto__") continue;
    fields[key] = kept;
    found = true;
  }
  return found ? { protocol, fields } : undefined;
}

/** Writes `rest` into `target` when the losses' protocol is its own, without touching what stands there; else notes what is lost. */
export function writeRest(target: JsonObject, rest: Rest | undefined, path: string, losses: Losses): void {
  const fields = losses.rest(rest, path);
  if (fields !== undefined) merge(target, fields);
}

function merge(target: JsonObject, fields: JsonObject): void {
  for (const key of Object.keys(fields)) {
    // What stands there in every object is the prototype all of them share.
    if (key === "__proto__") continue;
    const field = fields[key] as JsonObject[string];
    const present = target[key];
    if (present === undefined) target[key] = field;
    else if (isObject(present) && isObject(field)) merge(present, field);
  }
}
