import type { ChatRequest, ResponseFormat } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { fitStrict } from "../json-schema/openai-strict.ts";
import { Losses } from "../losses.ts";
import { withTakenSampling } from "../openai-sampling.ts";
import { writeRest } from "../rest.ts";
import { reportUnsayable } from "../unsayable.ts";
import { encodeInclude } from "./include.ts";
import { encodeInput } from "./input-encode.ts";
import { encodeReasoningOptions } from "./reasoning.ts";
import { writePlain } from "./request-fields.ts";
import { encodeTools } from "./tools.ts";
import { PROTOCOL } from "./wire.ts";

/** Anthropic's words for a service tier that OpenAI has another word for. */
const TIERS: ReadonlyMap<string, string> = new Map([["standard_only", "default"]]);

/** Writes a request of the Responses API. */
export function encodeRequest(asked: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const request = withTakenSampling(asked, target.model, losses);
  const wire: JsonObject = { model: target.model };
  encodeInput(wire, request.messages, losses);
  writeOptions(wire, request, target.model, losses);
  if (request.stream) wire.stream = true;
  reportUnsayable(request, MISSING, losses);
  return { value: wire, losses: losses.list };
}

/** All of a request but its model and its conversation: what an answer repeats. */
export function writeOptions(wire: JsonObject, request: ChatRequest, model: string, losses: Losses): void {
  writePlain(request, wire);
  if (request.serviceTier !== undefined) wire.service_tier = TIERS.get(request.serviceTier) ?? request.serviceTier;
  // Unsaid, the vendor would store the answer; only a client of this protocol can have meant that.
  const own = request.rest?.protocol === PROTOCOL;
  if (request.store === undefined && !own) wire.store = false;
  const include = encodeInclude(request, model, request.store ?? own);
  if (include.length > 0) wire.include = include;
  encodeTools(wire, request, losses);
  if (request.metadata !== undefined) wire.metadata = { ...request.metadata };
  writeText(wire, request, losses);
  const reasoning = request.reasoning === undefined ? undefined : encodeReasoningOptions(request.reasoning, losses);
  if (reasoning !== undefined) wire.reasoning = reasoning;
  writeRest(wire, request.rest, "", losses);
}

function writeText(wire: JsonObject, { responseFormat, verbosity }: ChatRequest, losses: Losses): void {
  if (responseFormat === undefined && verbosity === undefined) return;
  wire.text = {
    ...(responseFormat === undefined ? {} : { format: encodeFormat(responseFormat, losses) }),
    ...(verbosity === undefined ? {} : { verbosity }),
  };
}

function encodeFormat(format: ResponseFormat, losses: Losses): JsonObject {
  if (format.type !== "json-schema") return { type: format.type === "json" ? "json_object" : "text" };
  const { name = "response", description } = format;
  return {
    type: "json_schema",
    name,
    ...(description === undefined ? {} : { description }),
    ...fitStrict(format, "response_format.json_schema", losses),
  };
}

/** What the protocol has no field for. */
const MISSING = [
  "top_k",
  "stop",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "n",
  "modalities",
] as const;
