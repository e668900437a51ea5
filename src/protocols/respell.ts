import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { Dialect, Loss } from "../core/protocol.ts";

/** A request in a vendor's spelling, and what of it the vendor refuses. */
export interface Respelled {
  readonly body: JsonObject;
  readonly losses: readonly Loss[];
}

/** The request as a vendor takes it; undefined when that is how it is. A field that says nothing (null) is no loss. */
export function respell(body: JsonObject, { fields = {}, messageNames = true }: Dialect): Respelled | undefined {
  const own = { ...body };
  const losses: Loss[] = [];
  for (const [field, rule] of Object.entries(fields)) {
    const value = own[field];
    if (value === undefined) continue;
    delete own[field];
    if (typeof rule === "object") own[rule.as] = value;
    else if (rule === "refused" && value !== null) losses.push(refused(field));
  }
  const changed = Object.keys(fields).some((field) => body[field] !== undefined);
  const { messages } = body;
  if (messageNames || !Array.isArray(messages) || !messages.some(isNamed)) {
    return changed ? { body: own, losses } : undefined;
  }
  if (messages.some((message) => isNamed(message) && message["name"] !== null)) losses.push(refused("messages[].name"));
  return {
    body: { ...own, messages: messages.map((message) => (isNamed(message) ? withoutName(message) : message)) },
    losses,
  };
}

/** Any message but a tool's answer, whose name is the tool's. */
function isNamed(message: Json): message is JsonObject {
  return isObject(message) && message["role"] !== "tool" && message["name"] !== undefined;
}

function withoutName({ name: _name, ...message }: JsonObject): JsonObject {
  return message;
}

function refused(field: string): Loss {
  return { field, kind: "dropped", detail: "the provider refuses it" };
}
