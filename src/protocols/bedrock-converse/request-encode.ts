import { reportUnsayable } from "../unsayable.ts";
import type { ChatRequest } from "../../core/chat.ts";
import type { RequestTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Encoded } from "../../core/protocol.ts";
import { modelTraits } from "../anthropic-messages/model-traits.ts";
import { MISSING } from "../anthropic-messages/options-encode.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { addCachePoints, cachingOf } from "./cache-points.ts";
import { DocumentNames } from "./document-names.ts";
import { encodeMessages } from "./messages-encode.ts";
import { encodeModelFields } from "./model-fields.ts";
import { encodeFormat, encodeMetadata, encodeTier } from "./options-encode.ts";
import { encodeTools } from "./tools-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's word for how long a prompt stays in the cache, which is Bedrock's to hear. */
const RETENTION = "prompt_cache_retention";

/** Writes a request to `converse` and `converse-stream`; its model and whether it is streamed stand in the URL. */
export function encodeRequest(request: ChatRequest, target: RequestTarget): Encoded<JsonObject> {
  const losses = new Losses(PROTOCOL);
  const { dialect, model, maxOutputTokens: limit } = target;
  const caching = cachingOf(model);
  const { system, turns } = encodeMessages(request, { losses, names: new DocumentNames(), caching });
  const { config, forced } = encodeTools(request, turns, { losses, caching });
  const maxTokens = limited(request.maxOutputTokens, limit, losses);
  const traits = modelTraits(model);
  const fields = encodeModelFields(request, { model, traits, losses, limit, maxTokens, forced });
  const format = encodeFormat(request, system, losses);
  const { cachePoints } = dialect;
  if (cachePoints !== undefined)
    addCachePoints({ system, turns, caching }, cachePoints, request.rest?.fields[RETENTION]);

  const body: JsonObject = { messages: turns.map(({ role, blocks }) => ({ role, content: blocks })) };
  if (system.length > 0) body["system"] = system;
  const inference = inferenceConfig(fields, stopOf(request, losses));
  if (Object.keys(inference).length > 0) body["inferenceConfig"] = inference;
  if (config !== undefined) body["toolConfig"] = config;
  const { additional } = fields;
  if (Object.keys(additional).length > 0) body["additionalModelRequestFields"] = additional;
  // Claude tells which sequence it met only when asked.
  if (traits.claude && (request.stop ?? []).length > 0) body["additionalModelResponseFieldPaths"] = ["/stop_sequence"];
  if (format !== undefined) body["outputConfig"] = { textFormat: format };
  encodeMetadata(request, body, losses);
  encodeTier(request, body, losses);
  if (request.user !== undefined) losses.dropped("user");
  reportUnsayable(request, MISSING, losses);
  const carried = cachePoints !== undefined && caching.messages;
  writeRest(body, carried ? withoutRetention(request.rest) : request.rest, "", losses);
  return { value: body, losses: losses.list };
}

/** What is left of the fields of another protocol once the retention is carried over. */
function withoutRetention(rest: ChatRequest["rest"]): ChatRequest["rest"] {
  if (rest === undefined || rest.fields[RETENTION] === undefined) return rest;
  const { [RETENTION]: _carried, ...fields } = rest.fields;
  return { ...rest, fields };
}

function limited(asked: number | undefined, limit: number | undefined, losses: Losses): number | undefined {
  if (asked === undefined || limit === undefined || asked <= limit) return asked;
  losses.approximated("max_tokens", "lowered to the model's limit");
  return limit;
}

function inferenceConfig(
  { maxTokens, temperature, topP }: ReturnType<typeof encodeModelFields>,
  stopSequences: readonly string[],
): JsonObject {
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stopSequences.length === 0 ? {} : { stopSequences: [...stopSequences] }),
  };
}

/** Stop sequences of white space alone are refused. */
function stopOf({ stop = [] }: ChatRequest, losses: Losses): readonly string[] {
  const kept = stop.filter((text) => text.trim() !== "");
  if (kept.length < stop.length) losses.dropped("stop", "white space alone cannot be a stop sequence");
  return kept;
}
