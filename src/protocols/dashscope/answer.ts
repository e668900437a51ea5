import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** An answer, or an event of a stream, in OpenAI's frame: `key` is `message` for a whole one, `delta` for a piece. */
export function toOpenAI(body: JsonObject, key: "message" | "delta"): JsonObject {
  const { output, usage, request_id: id } = body;
  const fields = isObject(output) ? output : {};
  return {
    ...(typeof id === "string" ? { id } : {}),
    choices: choicesOf(fields).map((choice, index) => choiceOf(choice, index, key)),
    ...(isObject(usage) ? { usage: usageOf(usage) } : {}),
  };
}

/** The choices; an answer in the older format `text` is one. */
function choicesOf({ choices, text, finish_reason: reason = null }: JsonObject): JsonObject[] {
  if (Array.isArray(choices)) return choices.filter(isObject);
  return typeof text === "string" ? [{ message: { content: text }, finish_reason: reason }] : [];
}

function choiceOf(choice: JsonObject, position: number, key: "message" | "delta"): JsonObject {
  const { index, message, finish_reason: reason, logprobs } = choice;
  return {
    index: typeof index === "number" ? index : position,
    [key]: isObject(message) ? messageOf(message) : {},
    // While an answer goes on its reason is the word "null", which is read as none.
    finish_reason: reason ?? null,
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/** A message whose content may be a list: texts are joined, images stand where OpenRouter has them. */
function messageOf(message: JsonObject): JsonObject {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  const parts = content.filter(isObject);
  const texts = parts.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  const images = parts.flatMap(({ image }): JsonObject[] =>
    typeof image === "string" ? [{ type: "image_url", image_url: { url: image } }] : [],
  );
  return { ...message, content: texts.join(""), ...(images.length === 0 ? {} : { images }) };
}

/** Token counts by OpenAI's names; what is counted besides tells nothing of the sum. */
function usageOf(usage: JsonObject): JsonObject {
  const {
    input_tokens: input,
    output_tokens: output,
    prompt_tokens_details: read,
    output_tokens_details: wrote,
  } = usage;
  const details: JsonObject = isObject(read) ? read : {};
  const cached = details["cached_tokens"] ?? usage["cached_tokens"];
  const written = details["cache_creation_input_tokens"];
  const reasoning = isObject(wrote) ? wrote["reasoning_tokens"] : undefined;
  return {
    prompt_tokens: input ?? 0,
    completion_tokens: output ?? 0,
    prompt_tokens_details: defined({ cached_tokens: cached, cache_write_tokens: written }),
    completion_tokens_details: defined({ reasoning_tokens: reasoning }),
  };
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) kept[key] = value;
  return kept;
}

/** What the model found on the web, as the citations OpenAI's models give. They are for the answer as a whole. */
export function annotationsOf({ output }: JsonObject): JsonObject[] {
  const info = isObject(output) ? output["search_info"] : undefined;
  const results = isObject(info) ? info["search_results"] : undefined;
  return (Array.isArray(results) ? results : [])
    .filter(isObject)
    .flatMap(({ url, title }): JsonObject[] =>
      typeof url === "string"
        ? [{ type: "url_citation", url_citation: { url, ...(typeof title === "string" ? { title } : {}) } }]
        : [],
    );
}

/** Adds annotations to an answer's first choice. */
export function annotate(answer: JsonObject, key: "message" | "delta", annotations: JsonObject[]): void {
  const [first] = Array.isArray(answer["choices"]) ? answer["choices"] : [];
  const message = isObject(first) ? first[key] : undefined;
  if (isObject(message) && annotations.length > 0) message["annotations"] = annotations;
}
