/** Items as they are kept between requests: a request's own, named; and earlier ones as the next request says them again. */
import type { Json, JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";

/** What the ids of items begin with, by their type. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
  image_generation_call: "ig",
};

/** A request's `input` as the list of items it stands for, each with an id. `id` makes a fresh one without a prefix. */
export function inputItems(input: Json | undefined, id: () => string): JsonObject[] {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [named(userMessage(input), id)];
  if (!Array.isArray(input)) throw invalid("input", "a string or a list of items");
  return itemsIn(input, "input", id);
}

/** A list of items as a client sends it, each with a type and an id. */
export function itemsIn(list: readonly Json[], path: string, id: () => string): JsonObject[] {
  return list.map((item, index) => named(required(item, "object", `${path}[${index}]`), id, `${path}[${index}]`));
}

function userMessage(text: string): JsonObject {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

function named(item: JsonObject, id: () => string, path = "input"): JsonObject {
  const type = optional(item.type, "string", `${path}.type`) ?? "message";
  const own = typeof item.id === "string" && item.id !== "" ? item.id : `${PREFIXES[type] ?? "item"}_${id()}`;
  if (type !== "message") return { ...item, type, id: own };
  const { content } = item;
  const kind = item.role === "assistant" ? "output_text" : "input_text";
  const parts = typeof content === "string" ? [{ type: kind, text: content }] : (content ?? []);
  return { status: "completed", ...item, type, id: own, content: parts };
}

/** Items of which the conversation needs what they say and not what they were called: the ids are ours, and no vendor knows them. */
const UNNAMED: ReadonlySet<Json | undefined> = new Set([
  "message",
  "reasoning",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
]);

/** Kept items as the input of a request. */
export function itemsAgain(items: readonly JsonObject[]): JsonObject[] {
  return items.map((item) => {
    if (!UNNAMED.has(item.type)) return item;
    const { id: _, status: __, ...said } = item;
    return said;
  });
}
