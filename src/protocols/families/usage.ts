import type { Usage } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SseEvent } from "../../core/sse.ts";
import { decodeUsage } from "../bedrock-converse/usage.ts";
import { decodeUsage as decodeCohere } from "../cohere-chat/usage.ts";
import { parseObject } from "../../core/json-splice.ts";

/** Where the vendors' answers tell what was used, and the names they count input and output by. */
const PLACES: readonly (readonly [path: readonly string[], input: string, output: string])[] = [
  [["amazon-bedrock-invocationMetrics"], "inputTokenCount", "outputTokenCount"],
  [["usage"], "prompt_tokens", "completion_tokens"],
  [["usage"], "input_tokens", "output_tokens"],
  [["response", "usage"], "input_tokens", "output_tokens"],
  [["usageMetadata"], "promptTokenCount", "candidatesTokenCount"],
  [["meta", "billed_units"], "input_tokens", "output_tokens"],
  [["response", "meta", "billed_units"], "input_tokens", "output_tokens"],
  // Rerankers of Jina's kind tell only a sum, and they write nothing.
  [["usage"], "total_tokens", ""],
];

/** What an answer of any family, or one event of its stream, says was used; undefined when it says nothing. */
export function familyUsage(body: JsonObject): Usage | undefined {
  const { usage, delta } = body;
  // Bedrock's Converse, which counts what the cache held beside the input.
  if (isObject(usage) && typeof usage["inputTokens"] === "number") return decodeUsage(usage, undefined);
  // Cohere's chats, which tell apart what is billed; their streams tell it with the end of the message.
  const cohere = billed(usage) ?? (isObject(delta) ? billed(delta["usage"]) : undefined);
  if (cohere !== undefined) return cohere;
  for (const [path, input, output] of PLACES) {
    let at: Json | undefined = body;
    for (const key of path) at = isObject(at) ? at[key] : undefined;
    if (!isObject(at)) continue;
    const { [input]: read, [output]: written } = at;
    if (typeof read === "number") return { inputTokens: read, outputTokens: typeof written === "number" ? written : 0 };
  }
  return undefined;
}

function billed(usage: Json | undefined): Usage | undefined {
  return isObject(usage) && (isObject(usage["billed_units"]) || isObject(usage["tokens"]))
    ? decodeCohere(usage)
    : undefined;
}

/** What events that tell of usage have in them. */
const TELLING = /"usage|invocationMetrics|"billed_units"/;

/** What one event of a stream says was used. Bedrock wraps the events of its models, as bytes, in events called `chunk`. */
export function eventUsage({ event, data }: SseEvent): Usage | undefined {
  const text = event === "chunk" ? unwrapped(data) : data;
  if (!TELLING.test(text)) return undefined;
  const body = parseObject(text);
  return body === undefined ? undefined : familyUsage(body);
}

function unwrapped(data: string): string {
  const bytes = parseObject(data)?.["bytes"];
  return typeof bytes === "string" ? new TextDecoder().decode(Uint8Array.fromBase64(bytes)) : data;
}

/** What the headers of Bedrock's `invoke` say was used, whatever the model's own answer looks like. */
export function headerUsage(headers: Headers): Usage | undefined {
  const input = headers.get("x-amzn-bedrock-input-token-count");
  if (input === null) return undefined;
  return { inputTokens: Number(input), outputTokens: Number(headers.get("x-amzn-bedrock-output-token-count") ?? 0) };
}
