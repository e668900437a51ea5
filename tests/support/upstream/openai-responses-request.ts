/**
 * What OpenAI's Responses API refuses, so that a wrong conversion fails as it would in production. Fields: `ResponseCreateParams` and
 * `ResponseInputItem` of the `openai` package.
 */
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Refusal } from "./openai-request.ts";
import { word } from "./word.ts";

const FIELDS: ReadonlySet<string> = new Set(
  `background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model moderation
  parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier
  service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user`.split(
    /\s+/,
  ),
);
const ITEMS: ReadonlySet<string> = new Set(
  "message reasoning function_call function_call_output item_reference".split(" "),
);
const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  user: new Set(["input_text", "input_image", "input_file"]),
  system: new Set(["input_text"]),
  developer: new Set(["input_text"]),
  assistant: new Set(["output_text", "refusal"]),
};

/** The first thing the vendor would refuse, or undefined. `sealed` are the encrypted contents it gave out itself. */
export function responsesRefusal(body: JsonObject, sealed: ReadonlySet<string>): Refusal | undefined {
  const field = Object.keys(body).find((key) => !FIELDS.has(key));
  if (field !== undefined) return refuse(`Unknown parameter: '${field}'.`, field);
  if (word(body.model) === "") return refuse("Missing required parameter: 'model'.", "model");
  const { input } = body;
  if (typeof input === "string") return undefined;
  if (!Array.isArray(input)) return refuse("Missing required parameter: 'input'.", "input");
  const called = new Set<string>();
  for (const [index, item] of input.entries()) {
    const wrong = wrongItem(item, called, sealed);
    if (wrong !== undefined && !(wrong.startsWith("No tool call") && body.previous_response_id !== undefined)) {
      return refuse(wrong, `input[${index}]`);
    }
  }
  return undefined;
}

function refuse(message: string, param: string): Refusal {
  return { message, param };
}

function wrongItem(item: Json, called: Set<string>, sealed: ReadonlySet<string>): string | undefined {
  if (!isObject(item)) return "an item must be an object";
  const type = item.type === undefined ? "message" : word(item.type);
  if (!ITEMS.has(type)) return `Invalid value: '${type}'.`;
  const id = word(item.call_id);
  if (type === "function_call") called.add(id);
  if (type === "function_call_output" && !called.has(id))
    return `No tool call found for function call output with call_id ${id}.`;
  const secret = item.encrypted_content;
  if (typeof secret === "string" && !sealed.has(secret)) return "The encrypted content could not be verified.";
  return type === "message" ? wrongMessage(item) : undefined;
}

function wrongMessage({ role, content }: JsonObject): string | undefined {
  const parts = PARTS[word(role)];
  if (parts === undefined) return `Invalid value: '${word(role)}'.`;
  if (typeof content === "string") return undefined;
  if (!Array.isArray(content)) return "a message needs content";
  const other = content.find((part) => !isObject(part) || !parts.has(word(part.type)));
  return other === undefined ? undefined : `Invalid content of the role ${word(role)}.`;
}
