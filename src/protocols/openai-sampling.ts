/**
 * Sampling for OpenAI's models that reason, which refuse all but the defaults (platform.openai.com/docs/guides/reasoning and
 * /guides/latest-model): from 5.1 on only while they do reason.
 */
import type { ChatRequest } from "../core/chat.ts";
import type { Losses } from "./losses.ts";

/** How a model's version and kind stand in its name, behind any prefix of a vendor. */
const NAME = /(?:^|\/)(?:o\d|gpt-(\d)(?:\.(\d))?)((?:-.*)?)$/;
/** Kinds that always reason, and the one that never does. */
const ALWAYS = /^-(?:codex|pro)/;
const NEVER = /^-chat/;

/** Whether a model takes the defaults only, for this request. */
function isFixed(model: string, { reasoning }: ChatRequest): boolean {
  const match = NAME.exec(model);
  if (match === null) return false;
  const [, major, minor, kind = ""] = match;
  if (NEVER.test(kind) || (major !== undefined && Number(major) < 5)) return false;
  const choosing = Number(major ?? 0) > 5 || Number(minor ?? 0) >= 1;
  if (!choosing || ALWAYS.test(kind)) return true;
  return reasoning !== undefined && reasoning.mode !== "disabled" && reasoning.effort !== "none";
}

type Field =
  | "temperature"
  | "topP"
  | "presencePenalty"
  | "frequencyPenalty"
  | "logprobs"
  | "topLogprobs"
  | "logitBias"
  | "stop";

/** What is refused, how the loss is called, and the value that asks for nothing. */
const FIELDS: readonly (readonly [key: Field, field: string, idle?: unknown])[] = [
  ["temperature", "temperature", 1],
  ["topP", "top_p", 1],
  ["presencePenalty", "presence_penalty", 0],
  ["frequencyPenalty", "frequency_penalty", 0],
  ["logprobs", "logprobs", false],
  ["topLogprobs", "top_logprobs", 0],
  ["logitBias", "logit_bias"],
  ["stop", "stop"],
];

/** A request without the sampling that its model refuses, each part of it a loss; the same one for every other model. */
export function withTakenSampling(request: ChatRequest, model: string, losses: Losses): ChatRequest {
  if (!isFixed(model, request)) return request;
  const taken: { -readonly [K in keyof ChatRequest]: ChatRequest[K] } = { ...request };
  for (const [key, field, idle] of FIELDS) {
    if (request[key] === undefined) continue;
    delete taken[key];
    if (request[key] !== idle) losses.dropped(field, "this model takes only the default");
  }
  return taken;
}
