import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import { JSON_ONLY } from "../anthropic-messages/options-encode.ts";
import { closed } from "../json-schema/walk.ts";
import type { Losses } from "../losses.ts";
import type { ServiceTier } from "./wire.ts";

/** `outputConfig.textFormat`: a schema as such, any JSON as an instruction, which is put into `system`. */
export function encodeFormat(request: ChatRequest, system: JsonObject[], losses: Losses): JsonObject | undefined {
  const { responseFormat: format } = request;
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json") {
    losses.approximated("response_format", "sent as an instruction");
    system.push({ text: JSON_ONLY });
    return undefined;
  }
  const { schema, name, description, strict } = format;
  const whole = closed(schema);
  if (whole !== schema && strict !== true)
    losses.approximated("response_format.json_schema.strict", "objects closed, as Bedrock wants them");
  const jsonSchema: JsonObject = {
    schema: JSON.stringify(whole),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
  return { type: "json_schema", structure: { jsonSchema } };
}

/** Keys and values of `requestMetadata`, of which there may be 16. */
const METADATA = /^[A-Za-z0-9\s:_@$#=/+,.-]{1,256}$/;
const MOST = 16;

/** Metadata, by which Bedrock's invocation logs can be searched. */
export function encodeMetadata({ metadata = {} }: ChatRequest, body: JsonObject, losses: Losses): void {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(metadata)) {
    const fits = Object.keys(kept).length < MOST && METADATA.test(key) && METADATA.test(value);
    if (fits) kept[key] = value;
    else losses.dropped(`metadata.${key}`);
  }
  if (Object.keys(kept).length > 0) body["requestMetadata"] = kept;
}

/** The tiers both sides know. OpenAI's `auto` is what Bedrock does when it is told nothing. */
const TIERS: Readonly<Record<string, ServiceTier>> = {
  default: "default",
  flex: "flex",
  priority: "priority",
  reserved: "reserved",
};

/** The tier the request is processed in. */
export function encodeTier({ serviceTier }: ChatRequest, body: JsonObject, losses: Losses): void {
  if (serviceTier === undefined || serviceTier === "auto") return;
  const type = Object.hasOwn(TIERS, serviceTier) ? TIERS[serviceTier] : undefined;
  if (type === undefined) losses.dropped("service_tier");
  else body["serviceTier"] = { type };
}
