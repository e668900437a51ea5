import type { ChatRequest } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { toClaude } from "../json-schema/claude.ts";
import type { Setting } from "../unsayable.ts";
import type { Losses } from "../losses.ts";

/** What stands in for OpenAI's `json_object`, which Claude does not have. */
export const JSON_ONLY: string = "Answer with one JSON object and nothing else: no prose and no code fence around it.";

/** Writes the answer's format: a schema as `output_config.format`, any JSON as an instruction. */
export function encodeFormat(request: ChatRequest, body: JsonObject, system: JsonObject[], losses: Losses): void {
  const format = request.responseFormat;
  if (format === undefined || format.type === "text") return;
  if (format.type === "json") {
    losses.approximated("response_format", "sent as an instruction");
    system.push({ type: "text", text: JSON_ONLY });
    return;
  }
  const { schema: fitted, lost } = toClaude(format.schema);
  let schema = fitted;
  if (lost.length > 0)
    losses.approximated("response_format.json_schema.schema", `Claude does not take ${lost.join(", ")}`);
  if (format.strict !== true)
    losses.approximated("response_format.json_schema.strict", "Claude knows strict schemas only");
  // Claude has no name for a schema, and takes its description inside.
  if (format.description !== undefined && schema.description === undefined) {
    schema = { description: format.description, ...schema };
  }
  const config = body.output_config;
  body.output_config = { ...(isObject(config) ? config : {}), format: { type: "json_schema", schema } };
}

/** OpenAI's tiers as Claude's; what is left out has no counterpart. */
const TIERS: Readonly<Record<string, { readonly wire: string; readonly exact: boolean }>> = {
  auto: { wire: "auto", exact: true },
  default: { wire: "standard_only", exact: true },
  standard_only: { wire: "standard_only", exact: true },
  priority: { wire: "auto", exact: false },
  scale: { wire: "auto", exact: false },
};

/** Writes the user's id and the service tier. */
export function encodeUser(request: ChatRequest, body: JsonObject, losses: Losses): void {
  const user = request.user ?? request.metadata?.user_id;
  if (user !== undefined) body.metadata = { user_id: user };
  for (const key of Object.keys(request.metadata ?? {})) {
    if (key !== "user_id" || request.user !== undefined) losses.dropped(`metadata.${key}`);
  }
  if (request.serviceTier === undefined) return;
  const tier = Object.hasOwn(TIERS, request.serviceTier) ? TIERS[request.serviceTier] : undefined;
  if (tier === undefined) losses.dropped("service_tier");
  else {
    if (!tier.exact) losses.approximated("service_tier");
    body.service_tier = tier.wire;
  }
}

/** What Claude has no word for. */
export const MISSING: readonly Setting[] = [
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "n",
  "verbosity",
  "store",
  "modalities",
  "logit_bias",
];
