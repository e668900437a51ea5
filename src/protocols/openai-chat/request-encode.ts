import type { ChatRequest, ResponseFormat } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Dialect, Encoded } from "../../core/protocol.ts";
import { fitStrict } from "../json-schema/openai-strict.ts";
import { Losses } from "../losses.ts";
import { withTakenSampling } from "../openai-sampling.ts";
import { writeRest } from "../rest.ts";
import { encodeMessages } from "./messages-encode.ts";
import { encodeReasoningOptions } from "./reasoning-request.ts";
import { writePlain } from "./request-fields.ts";
import { encodeTools } from "./tools.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's limit on stop sequences. */
const STOP_LIMIT = 4;

/** Anthropic's words for a service tier that OpenAI has another word for. */
const TIERS: ReadonlyMap<string, string> = new Map([["standard_only", "default"]]);

/** Writes a Chat Completions request in a provider's dialect. */
export function encodeRequest(asked: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const request = withTakenSampling(asked, target.model, losses);
  const { dialect } = target;
  const wire: JsonObject = { model: target.model, messages: encodeMessages(request.messages, dialect, losses) };
  writeStream(wire, request, dialect);
  writePlain(request, wire);
  if (request.serviceTier !== undefined) wire.service_tier = TIERS.get(request.serviceTier) ?? request.serviceTier;
  encodeTools(wire, request, dialect, losses);
  writeLimits(wire, request, dialect, losses);
  if (request.modalities !== undefined) wire.modalities = [...request.modalities];
  if (request.user !== undefined) wire.user = request.user;
  if (request.metadata !== undefined) wire.metadata = { ...request.metadata };
  if (request.logitBias !== undefined) wire.logit_bias = { ...request.logitBias };
  if (request.responseFormat !== undefined) writeFormat(wire, request.responseFormat, dialect, losses);
  if (request.reasoning !== undefined) encodeReasoningOptions(wire, request.reasoning, dialect, losses);
  writeRest(wire, request.rest, "", losses);
  return { value: wire, losses: losses.list };
}

/** Usage is asked for whatever the client wants, since the gateway counts it. */
function writeStream(wire: JsonObject, { stream }: ChatRequest, dialect: Dialect): void {
  if (!stream) return;
  wire.stream = true;
  if (dialect.streamUsage !== false) wire.stream_options = { include_usage: true };
}

function writeLimits(wire: JsonObject, request: ChatRequest, dialect: Dialect, losses: Losses): void {
  const { maxOutputTokens, topK, stop } = request;
  if (maxOutputTokens !== undefined) wire[dialect.maxTokensField ?? "max_completion_tokens"] = maxOutputTokens;
  if (topK !== undefined) {
    if (dialect.topK === true) wire.top_k = topK;
    else losses.dropped("top_k");
  }
  if (stop === undefined) return;
  wire.stop = stop.slice(0, STOP_LIMIT);
  if (stop.length > STOP_LIMIT) losses.approximated("stop", `only the first ${STOP_LIMIT} are sent`);
}

function writeFormat(wire: JsonObject, format: ResponseFormat, dialect: Dialect, losses: Losses): void {
  if (format.type !== "json-schema") {
    wire.response_format = { type: format.type === "json" ? "json_object" : "text" };
    return;
  }
  if (dialect.jsonSchema === false) {
    losses.approximated("response_format", "told as json_object, without the schema");
    wire.response_format = { type: "json_object" };
    return;
  }
  const { name = "response", description } = format;
  wire.response_format = {
    type: "json_schema",
    json_schema: {
      name,
      ...(description === undefined ? {} : { description }),
      ...fitStrict(format, "response_format.json_schema", losses),
    },
  };
}
