import type { ChatRequest } from "../../core/chat.ts";
import type { RequestPath, RequestTarget, TokenCounting } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import { optional } from "../fields.ts";
import { decodeRequest } from "./request-decode.ts";
import { encodeRequest } from "./request-encode.ts";
import { camel } from "./wire.ts";

/** Reads a `countTokens` request: `contents` alone, or a whole request under `generateContentRequest`. */
export function decodeCountTokens(value: JsonObject, path?: RequestPath): ChatRequest {
  const body = camel(value);
  const whole = optional(body.generateContentRequest, "object", "generateContentRequest");
  return decodeRequest(whole ?? body, path);
}

/** Writes one: a whole request, since `contents` alone have no place for tools and instructions. */
function encodeCountTokens(request: ChatRequest, target: RequestTarget): JsonObject {
  return { generateContentRequest: { model: `models/${target.model}`, ...encodeRequest(request, target).value } };
}

/** The answer to it. */
export function encodeTokenCount(totalTokens: number): JsonObject {
  return { totalTokens };
}

/** Counting at Google's own. */
export const countTokens: TokenCounting = {
  encode: encodeCountTokens,
  decode: ({ totalTokens }) => (typeof totalTokens === "number" ? totalTokens : undefined),
};
