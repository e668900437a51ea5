import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { SCALARS } from "./config-decode.ts";
import { encodeContents } from "./contents-encode.ts";
import { encodeThinking, wantsSignatures } from "./thinking-encode.ts";
import { encodeTools } from "./tools.ts";
import { PROTOCOL } from "./wire.ts";

/** Gemini's limit on stop sequences. */
const STOP_LIMIT = 5;

/** What Gemini has no word for: ours, and how the loss is called. */
const UNSAYABLE = [
  ["user", "user"],
  ["metadata", "metadata"],
  ["serviceTier", "service_tier"],
  ["verbosity", "verbosity"],
  ["logitBias", "logit_bias"],
] as const;

/** Writes a request; its model and whether it is streamed stand in the URL. */
export function encodeRequest(request: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const wire: JsonObject = {};
  encodeContents(wire, request.messages, wantsSignatures(target.model), losses);
  encodeTools(wire, request, losses);
  const config = encodeConfig(request, target.model, losses);
  if (Object.keys(config).length > 0) wire.generationConfig = config;
  for (const [key, field] of UNSAYABLE) if (request[key] !== undefined) losses.dropped(field);
  if (request.store === true) losses.dropped("store");
  writeRest(wire, request.rest, "", losses);
  return { value: wire, losses: losses.list };
}

function encodeConfig(request: ChatRequest, model: string, losses: Losses): JsonObject {
  const config: JsonObject = {};
  for (const [wire, name] of SCALARS) {
    const value = request[name];
    if (value !== undefined) config[wire] = value;
  }
  const { stop, modalities, reasoning } = request;
  if (stop !== undefined) config.stopSequences = stop.slice(0, STOP_LIMIT);
  if (stop !== undefined && stop.length > STOP_LIMIT) {
    losses.approximated("stop", `only the first ${STOP_LIMIT} are sent`);
  }
  if (modalities !== undefined) config.responseModalities = modalities.map((word) => word.toUpperCase());
  writeFormat(config, request);
  const thinking = reasoning === undefined ? undefined : encodeThinking(reasoning, model, losses);
  if (thinking !== undefined) config.thinkingConfig = thinking;
  return config;
}

function writeFormat(config: JsonObject, { responseFormat: format }: ChatRequest): void {
  if (format === undefined) return;
  config.responseMimeType = format.type === "text" ? "text/plain" : "application/json";
  if (format.type === "json-schema") config.responseJsonSchema = format.schema;
}
