import type { ChatRequest } from "../../core/chat.ts";
import type { RequestPath } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import { invalid, optional, required } from "../fields.ts";
import { restOf } from "../rest.ts";
import { decodeContents } from "./contents-decode.ts";
import { decodeConfig, decodeTier } from "./config-decode.ts";
import { decodeTools } from "./tools.ts";
import { camel, PROTOCOL } from "./wire.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "generationConfig",
  "serviceTier",
]);

/** Reads a request. Without a path the body's own `model` counts. Throws `invalid_request` with the path of the offending field. */
export function decodeRequest(value: JsonObject, path?: RequestPath): ChatRequest {
  const body = camel(value);
  const model = (path?.model ?? required(body.model, "string", "model")).replace(/^models\//, "");
  if (model === "") throw invalid("model", "the name of a model");
  const request: Mutable<ChatRequest> = { model, messages: decodeContents(body), stream: path?.stream ?? false };
  const fields: JsonObject = restOf(PROTOCOL, body, KNOWN)?.fields ?? {};
  decodeTools(request, body, fields);
  decodeTier(request, body, fields);
  const config = optional(body.generationConfig, "object", "generationConfig");
  if (config !== undefined) decodeConfig(request, camel(config), fields);
  if (Object.keys(fields).length > 0) request.rest = { protocol: PROTOCOL, fields };
  return request;
}
