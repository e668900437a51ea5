import type { Usage } from "../../core/chat.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** Where the vendors' answers tell what was used, and the names they count input and output by. */
const PLACES: readonly (readonly [path: readonly string[], input: string, output: string])[] = [
  [["usage"], "prompt_tokens", "completion_tokens"],
  [["usage"], "input_tokens", "output_tokens"],
  [["response", "usage"], "input_tokens", "output_tokens"],
  [["usageMetadata"], "promptTokenCount", "candidatesTokenCount"],
  [["meta", "billed_units"], "input_tokens", "output_tokens"],
  // Rerankers of Jina's kind tell only a sum, and they write nothing.
  [["usage"], "total_tokens", ""],
];

/** What an answer of any family, or one event of its stream, says was used; undefined when it says nothing. */
export function familyUsage(body: JsonObject): Usage | undefined {
  for (const [path, input, output] of PLACES) {
    let at: Json | undefined = body;
    for (const key of path) at = isObject(at) ? at[key] : undefined;
    if (!isObject(at)) continue;
    const { [input]: read, [output]: written } = at;
    if (typeof read === "number") return { inputTokens: read, outputTokens: typeof written === "number" ? written : 0 };
  }
  return undefined;
}
