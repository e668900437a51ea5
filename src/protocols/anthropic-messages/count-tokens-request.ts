import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget, TokenCounting } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import { decodeRequest } from "./request-decode.ts";
import { encodeRequest } from "./request-encode.ts";

/** What concerns the answer alone, and is refused where only tokens are counted. */
const OF_THE_ANSWER = [
  "max_tokens",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "metadata",
  "service_tier",
];

/** Reads a request to `/v1/messages/count_tokens`: one to `/v1/messages` without what concerns the answer, `max_tokens` above all. */
export function decodeCountTokens(body: JsonObject): ChatRequest {
  return decodeRequest({ max_tokens: 0, ...body });
}

/** Writes one. */
function encodeCountTokens(request: ChatRequest, target: RequestTarget): JsonObject {
  const { maxOutputTokens: _, ...counted } = request;
  const { value } = encodeRequest(counted, target);
  for (const field of OF_THE_ANSWER) delete value[field];
  return value;
}

/** Counting at Anthropic's own. */
export const countTokens: TokenCounting = {
  encode: encodeCountTokens,
  decode: ({ input_tokens: tokens }) => (typeof tokens === "number" ? tokens : undefined),
};
