import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { reportUnsayable } from "../unsayable.ts";
import { SCALARS, TIERS } from "./config-decode.ts";
import { encodeContents } from "./contents-encode.ts";
import { wantsSignatures } from "./model-traits.ts";
import { writeSchema } from "./schema-encode.ts";
import { encodeThinking } from "./thinking-encode.ts";
import { encodeTools } from "./tools.ts";
import { PROTOCOL } from "./wire.ts";

/** Gemini's limit on stop sequences. */
const STOP_LIMIT = 5;

/** What Gemini has no word for. */
const MISSING = ["user", "metadata", "verbosity", "logit_bias", "store"] as const;

/** Writes a request; its model and whether it is streamed stand in the URL. */
export function encodeRequest(request: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const wire: JsonObject = {};
  encodeContents(wire, request.messages, wantsSignatures(target.model), losses);
  encodeTools(wire, request, target.model, losses);
  const config = encodeConfig(request, target.model, losses);
  if (Object.keys(config).length > 0) wire.generationConfig = config;
  writeTier(wire, request.serviceTier, losses);
  reportUnsayable(request, MISSING, losses);
  writeRest(wire, request.rest, "", losses);
  return { value: wire, losses: losses.list };
}

/** `auto` is what Google does unasked. */
function writeTier(wire: JsonObject, tier: string | undefined, losses: Losses): void {
  if (tier === undefined || tier === "auto") return;
  const word = TIERS.find(([, ours]) => ours === tier)?.[0];
  if (word === undefined) losses.dropped("service_tier");
  else wire.serviceTier = word;
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
  writeFormat(config, request, model, losses);
  const thinking = reasoning === undefined ? undefined : encodeThinking(reasoning, model, losses);
  if (thinking !== undefined) config.thinkingConfig = thinking;
  return config;
}

const FORMAT = { openApi: "responseSchema", jsonSchema: "responseJsonSchema" };

function writeFormat(config: JsonObject, request: ChatRequest, model: string, losses: Losses): void {
  const format = request.responseFormat;
  if (format === undefined) return;
  config.responseMimeType = format.type === "text" ? "text/plain" : "application/json";
  if (format.type !== "json-schema") return;
  const { schema, description } = format;
  const told = description === undefined || schema.description !== undefined ? schema : { description, ...schema };
  writeSchema(config, FORMAT, told, model, { path: "response_format.json_schema.schema", losses });
}
