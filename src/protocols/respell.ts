import type { JsonObject } from "../core/json.ts";
import type { FieldRule, Loss } from "../core/protocol.ts";

/** A request in a vendor's spelling, and what of it the vendor refuses. */
export interface Respelled {
  readonly body: JsonObject;
  readonly losses: readonly Loss[];
}

/** The request by a vendor's rules for fields of it; undefined when none of them is there. A field that says nothing (null) is no loss. */
export function respell(body: JsonObject, rules: Readonly<Record<string, FieldRule>>): Respelled | undefined {
  const own = { ...body };
  const losses: Loss[] = [];
  for (const [field, rule] of Object.entries(rules)) {
    const value = own[field];
    if (value === undefined) continue;
    delete own[field];
    if (typeof rule === "object") own[rule.as] = value;
    else if (rule === "refused" && value !== null) {
      losses.push({ field, kind: "dropped", detail: "the provider refuses it" });
    }
  }
  return Object.keys(rules).some((field) => body[field] !== undefined) ? { body: own, losses } : undefined;
}
