/**
 * What OpenAI's chat API refuses, in its own words where they are known, so that a wrong conversion fails as it would in production.
 * Fields: `ChatCompletionCreateParams` of the `openai` package.
 */
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { word } from "./word.ts";
import type { Flavour } from "./flavour.ts";

/** What is wrong with a request: the vendor's message and the `param` it names. */
export interface Refusal {
  readonly message: string;
  readonly param: string | null;
}

const FIELDS: ReadonlySet<string> = new Set(
  `messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities
  moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
  response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user
  verbosity web_search_options`.split(/\s+/),
);

const PARTS: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(["text"]),
  developer: new Set(["text"]),
  user: new Set(["text", "image_url", "input_audio", "file"]),
  assistant: new Set(["text", "refusal"]),
  tool: new Set(["text"]),
};

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

function refuse(message: string, param: string | null): Refusal {
  return { message, param };
}

/** The first thing the vendor would refuse, or undefined. */
export function openaiRefusal(body: JsonObject, flavour: Flavour): Refusal | undefined {
  return (
    (flavour.strict ? unknownField(body) : undefined) ?? topLevel(body) ?? tools(body) ?? conversation(body.messages)
  );
}

function unknownField(body: JsonObject): Refusal | undefined {
  const field = Object.keys(body).find((key) => !FIELDS.has(key));
  return field === undefined ? undefined : refuse(`Unknown parameter: '${field}'.`, field);
}

function outside(value: Json | undefined, low: number, high: number): boolean {
  return value !== undefined && value !== null && (typeof value !== "number" || value < low || value > high);
}

function topLevel(body: JsonObject): Refusal | undefined {
  if (typeof body.model !== "string" || body.model === "") return refuse("you must provide a model parameter", null);
  if (body.max_tokens !== undefined && body.max_completion_tokens !== undefined) {
    return refuse("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", "max_tokens");
  }
  if (/^(o\d|gpt-5)/.test(body.model) && body.max_tokens !== undefined) {
    return refuse(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
    );
  }
  if (body.stream_options !== undefined && body.stream !== true) {
    return refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  }
  if (outside(body.temperature, 0, 2))
    return refuse("Invalid 'temperature': expected a value from 0 to 2.", "temperature");
  if (outside(body.top_p, 0, 1)) return refuse("Invalid 'top_p': expected a value from 0 to 1.", "top_p");
  if (Array.isArray(body.stop) && body.stop.length > 4) return refuse("Invalid 'stop': array too long.", "stop");
  if (body.top_logprobs !== undefined && body.logprobs !== true) {
    return refuse("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
  }
  return format(body.response_format);
}

function format(value: Json | undefined): Refusal | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value) || !["text", "json_object", "json_schema"].includes(word(value.type))) {
    return refuse("Invalid value: 'response_format.type'.", "response_format.type");
  }
  if (value.type !== "json_schema") return undefined;
  const schema = value.json_schema;
  if (!isObject(schema) || typeof schema.name !== "string") {
    return refuse(
      "Missing required parameter: 'response_format.json_schema.name'.",
      "response_format.json_schema.name",
    );
  }
  return NAME.test(schema.name)
    ? undefined
    : refuse("Invalid 'response_format.json_schema.name'.", "response_format.json_schema.name");
}

function tools(body: JsonObject): Refusal | undefined {
  const list = body.tools;
  if (list === undefined) {
    const lonely = ["tool_choice", "parallel_tool_calls"].find((field) => body[field] !== undefined);
    return lonely === undefined ? undefined : refuse(`'${lonely}' is only allowed when 'tools' are specified.`, lonely);
  }
  if (!Array.isArray(list) || list.length === 0) return refuse("Invalid 'tools': empty array.", "tools");
  for (const [index, tool] of list.entries()) {
    const wrong = toolDefinition(tool, `tools[${index}]`);
    if (wrong !== undefined) return wrong;
  }
  return toolChoice(body.tool_choice);
}

function toolDefinition(tool: Json, at: string): Refusal | undefined {
  if (!isObject(tool)) return refuse(`Invalid type for '${at}'.`, at);
  if (tool.type === "custom") return undefined;
  if (tool.type !== "function" || !isObject(tool.function))
    return refuse(`Invalid value for '${at}.type'.`, `${at}.type`);
  const { name, parameters, strict } = tool.function;
  if (typeof name !== "string" || !NAME.test(name))
    return refuse(`Invalid '${at}.function.name'.`, `${at}.function.name`);
  if (parameters !== undefined && !isObject(parameters)) return refuse(`Invalid '${at}.function.parameters'.`, at);
  if (strict === true && !(isObject(parameters) && parameters.additionalProperties === false)) {
    return refuse(
      `Invalid schema for function '${name}': 'additionalProperties' is required to be supplied and to be false.`,
      at,
    );
  }
  return undefined;
}

function toolChoice(choice: Json | undefined): Refusal | undefined {
  if (choice === undefined || (typeof choice === "string" && ["none", "auto", "required"].includes(choice)))
    return undefined;
  if (isObject(choice) && ["function", "custom", "allowed_tools"].includes(word(choice.type))) return undefined;
  return refuse("Invalid value for 'tool_choice'.", "tool_choice");
}

function conversation(messages: Json | undefined): Refusal | undefined {
  if (!Array.isArray(messages) || messages.length === 0)
    return refuse("Missing required parameter: 'messages'.", "messages");
  let waiting = new Set<string>();
  for (const [index, item] of messages.entries()) {
    const at = `messages.[${index}]`;
    if (!isObject(item)) return refuse(`Invalid type for '${at}': expected an object.`, at);
    if (item.role === "tool") {
      if (!waiting.delete(word(item.tool_call_id))) {
        return refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `${at}.role`,
        );
      }
    } else if (waiting.size > 0) {
      return unanswered(waiting, at);
    }
    const wrong = message(item, at);
    if (wrong !== undefined) return wrong;
    if (item.role === "assistant") waiting = callIds(item.tool_calls);
  }
  return waiting.size > 0 ? unanswered(waiting, `messages.[${messages.length}]`) : undefined;
}

function unanswered(ids: ReadonlySet<string>, at: string): Refusal {
  return refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...ids].join(", ")}`,
    `${at}.role`,
  );
}

function callIds(calls: Json | undefined): Set<string> {
  return new Set(Array.isArray(calls) ? calls.filter((call) => isObject(call)).map((call) => word(call.id)) : []);
}

function message(item: JsonObject, at: string): Refusal | undefined {
  const allowed = PARTS[word(item.role)];
  if (allowed === undefined) return refuse(`Invalid value: '${word(item.role)}' for '${at}.role'.`, `${at}.role`);
  const { content } = item;
  const calls = item.role === "assistant" ? item.tool_calls : undefined;
  if (calls !== undefined) {
    const wrong = toolCalls(calls, at);
    if (wrong !== undefined) return wrong;
  } else if (content === null || content === undefined) {
    if (typeof item.refusal !== "string")
      return refuse(`Invalid value for 'content': expected a string, got null.`, `${at}.content`);
  }
  if (content === undefined || content === null || typeof content === "string") return undefined;
  if (!Array.isArray(content) || content.length === 0)
    return refuse(`Invalid type for '${at}.content'.`, `${at}.content`);
  return content
    .map((part, index) => contentPart(part, allowed, `${at}.content[${index}]`))
    .find((wrong) => wrong !== undefined);
}

function toolCalls(calls: Json, at: string): Refusal | undefined {
  if (!Array.isArray(calls) || calls.length === 0)
    return refuse(`Invalid '${at}.tool_calls': empty array.`, `${at}.tool_calls`);
  for (const call of calls) {
    if (!isObject(call) || typeof call.id !== "string")
      return refuse(`Missing '${at}.tool_calls.id'.`, `${at}.tool_calls`);
    if (call.type === "custom") continue;
    if (
      !isObject(call.function) ||
      typeof call.function.arguments !== "string" ||
      typeof call.function.name !== "string"
    ) {
      return refuse(`Invalid type for '${at}.tool_calls.function.arguments': expected a string.`, `${at}.tool_calls`);
    }
  }
  return undefined;
}

function contentPart(part: Json, allowed: ReadonlySet<string>, at: string): Refusal | undefined {
  if (!isObject(part) || !allowed.has(word(part.type))) {
    return refuse(
      `Invalid value: '${isObject(part) ? word(part.type) : "?"}'. Supported values are: ${[...allowed].join(", ")}.`,
      `${at}.type`,
    );
  }
  if (part.type === "text" && typeof part.text !== "string")
    return refuse(`Invalid type for '${at}.text'.`, `${at}.text`);
  if (part.type !== "image_url") return undefined;
  const url = isObject(part.image_url) ? part.image_url.url : undefined;
  if (typeof url === "string" && /^(https?:\/\/|data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/])/.test(url))
    return undefined;
  return refuse(`Invalid '${at}.image_url.url'.`, `${at}.image_url.url`);
}
