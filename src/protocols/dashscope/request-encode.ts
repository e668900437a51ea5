import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Dialect, Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { encodeRequest as encodeOpenAI } from "../openai-chat/request-encode.ts";
import { toDashScope } from "./messages.ts";
import { isMultimodal } from "./models.ts";
import { PROTOCOL } from "./wire.ts";

/** How DashScope's parameters differ from OpenAI's fields of the same name. */
const DIALECT: Dialect = {
  maxTokensField: "max_tokens",
  developerRole: false,
  streamUsage: false,
  reasoningField: "reasoning_content",
  reasoningRequest: "enable-thinking",
  topK: true,
};

/** The parameters there are; whatever else a request says is lost. */
const PARAMETERS: ReadonlySet<string> = new Set([
  "temperature", "top_p", "top_k", "repetition_penalty", "presence_penalty", "max_tokens", "seed", "stop", "n",
  "response_format", "tools", "tool_choice", "parallel_tool_calls", "logprobs", "top_logprobs",
  "enable_thinking", "thinking_budget", "preserve_thinking", "enable_search", "search_options", "enable_code_interpreter",
  "translation_options", "vl_high_resolution_images", "ocr_options",
]); // prettier-ignore

/** What the frame says in its own way. */
const FRAME: ReadonlySet<string> = new Set(["model", "messages", "stream", "stream_options"]);

/** Writes a request. Whether it is streamed a header says as well: `X-DashScope-SSE`. */
export function encodeRequest(request: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const { value, losses: lost } = encodeOpenAI(request, { ...target, dialect: DIALECT });
  const losses = new Losses(PROTOCOL);
  const messages = Array.isArray(value["messages"]) ? value["messages"].filter(isObject) : [];
  const input = { messages: toDashScope(messages, isMultimodal(target.model), losses) };
  const parameters: JsonObject = { result_format: "message", ...(request.stream ? { incremental_output: true } : {}) };
  for (const [key, given] of Object.entries(value)) {
    if (FRAME.has(key)) continue;
    if (PARAMETERS.has(key)) set(parameters, key, given, losses);
    else if (asksSomething(given)) losses.dropped(key);
  }
  return { value: { model: target.model, input, parameters }, losses: [...lost, ...losses.list] };
}

/** A zero, a false, nothing at all and an empty value ask for what is done in any case. */
function asksSomething(value: Json): boolean {
  return isObject(value) || Array.isArray(value) ? Object.keys(value).length > 0 : Boolean(value);
}

type Adjust = (value: Json, losses: Losses) => Json | undefined;

/** Parameters whose values are not all of OpenAI's; undefined leaves one out. */
const ADJUSTED: Readonly<Record<string, Adjust>> = {
  // Zero itself is refused.
  top_p: (value) => (typeof value === "number" ? Math.max(0.000_001, value) : value),
  tools(value, losses) {
    const tools = Array.isArray(value) ? value : [];
    const functions = tools.filter((tool, index) => {
      const known = isObject(tool) && tool["type"] === "function";
      if (!known) losses.dropped(`tools[${index}]`, "DashScope has functions only");
      return known;
    });
    return functions.length === 0 ? undefined : functions;
  },
  tool_choice(value, losses) {
    const named = isObject(value) && value["type"] === "function";
    if (named || value === "auto" || value === "none") return value;
    losses.approximated("tool_choice", "left to the model");
    return undefined;
  },
};

function set(parameters: JsonObject, key: string, given: Json, losses: Losses): void {
  const value = Object.hasOwn(ADJUSTED, key) ? ADJUSTED[key]?.(given, losses) : given;
  if (value !== undefined) parameters[key] = value;
}
