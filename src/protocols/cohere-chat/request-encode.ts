import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { encodeMessages } from "./messages-encode.ts";
import { encodeFormat, encodeLimits, encodeThinking, reportMissing } from "./options-encode.ts";
import { encodeTools } from "./tools-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** Writes a request to `/v2/chat`. */
export function encodeRequest(request: ChatRequest, { model }: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const documents: JsonObject[] = [];
  const body: JsonObject = { model, messages: encodeMessages(request.messages, { losses, documents }) };
  if (request.stream) body["stream"] = true;
  if (documents.length > 0) body["documents"] = documents;
  encodeTools(body, request, losses);
  encodeLimits(body, request, losses);
  encodeFormat(body, request, losses);
  encodeThinking(body, request, model, losses);
  reportMissing(request, losses);
  writeRest(body, request.rest, "", losses);
  return { value: body, losses: losses.list };
}
