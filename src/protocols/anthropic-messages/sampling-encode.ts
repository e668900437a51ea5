import type { ChatRequest } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import type { ModelTraits } from "./model-traits.ts";

/** What sampling needs to know of the model and the rest of the request. */
export interface SamplingContext {
  readonly traits: ModelTraits;
  readonly losses: Losses;
  /** The model will think. */
  readonly thinks: boolean;
}

/** Claude's range of `top_p` while it thinks. */
const THINKING_TOP_P = 0.95;

/** A model that thinks, and every one from 4.7 on, takes no sampling but the default; from 4.1 on one kind of it at a time. */
export function encodeSampling(
  request: ChatRequest,
  body: JsonObject,
  { traits, losses, thinks }: SamplingContext,
): void {
  const { topP, topK } = request;
  const either = traits.oneSampler && topP !== undefined;
  // The default need not be said.
  const temperature = either && request.temperature === 1 ? undefined : request.temperature;
  const fixed = thinks || !traits.sampling;
  if (temperature !== undefined) {
    if (fixed && temperature !== 1) losses.dropped("temperature", "this model takes only the default here");
    else if (temperature > 1) losses.approximated("temperature", "lowered to Claude's highest, 1");
    if (!fixed || temperature === 1) body.temperature = Math.min(1, temperature);
  }
  if (topP !== undefined) {
    if (traits.sampling ? thinks && topP < THINKING_TOP_P : topP !== 1) losses.dropped("top_p");
    else if (either && body.temperature !== undefined) {
      if (topP !== 1) losses.dropped("top_p", "this model takes it or temperature, not both");
    } else body.top_p = topP;
  }
  if (topK !== undefined) {
    if (fixed) losses.dropped("top_k");
    else body.top_k = topK;
  }
}
