import type { ChatRequest } from "../../core/chat.ts";
import type { RequestPath } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import { optional } from "../fields.ts";
import { decodeRequest } from "./request-decode.ts";
import { camel } from "./wire.ts";

/** Reads a `countTokens` request: `contents` alone, or a whole request under `generateContentRequest`. */
export function decodeCountTokens(value: JsonObject, path?: RequestPath): ChatRequest {
  const body = camel(value);
  const whole = optional(body.generateContentRequest, "object", "generateContentRequest");
  return decodeRequest(whole ?? body, path);
}

/** The answer to it. */
export function encodeCountTokens(totalTokens: number): JsonObject {
  return { totalTokens };
}
