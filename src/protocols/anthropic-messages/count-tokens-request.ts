import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { decodeRequest } from "./request-decode.ts";

/** Reads a request to `/v1/messages/count_tokens`: one to `/v1/messages` without what concerns the answer, `max_tokens` above all. */
export function decodeCountTokens(body: JsonObject): ChatRequest {
  return decodeRequest({ max_tokens: 0, ...body });
}
