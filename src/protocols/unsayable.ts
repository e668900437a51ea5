import type { ChatRequest } from "../core/chat.ts";
import type { Losses } from "./losses.ts";

/** A setting that a protocol may have no word for, by the name of its loss. */
export type Setting =
  | "top_k"
  | "stop"
  | "seed"
  | "presence_penalty"
  | "frequency_penalty"
  | "logit_bias"
  | "logprobs"
  | "top_logprobs"
  | "n"
  | "modalities"
  | "user"
  | "metadata"
  | "service_tier"
  | "verbosity"
  | "store";

/** Whether a request asks with a setting for anything but what happens unasked. */
const ASKS: Readonly<Record<Setting, (request: ChatRequest) => boolean>> = {
  top_k: ({ topK }) => topK !== undefined,
  stop: ({ stop }) => stop !== undefined && stop.length > 0,
  seed: ({ seed }) => seed !== undefined,
  presence_penalty: ({ presencePenalty }) => (presencePenalty ?? 0) !== 0,
  frequency_penalty: ({ frequencyPenalty }) => (frequencyPenalty ?? 0) !== 0,
  logit_bias: ({ logitBias }) => Object.keys(logitBias ?? {}).length > 0,
  logprobs: ({ logprobs }) => logprobs ?? false,
  top_logprobs: ({ topLogprobs }) => (topLogprobs ?? 0) !== 0,
  n: ({ candidates }) => (candidates ?? 1) > 1,
  modalities: ({ modalities }) => modalities?.some((kind) => kind !== "text") === true,
  user: ({ user }) => user !== undefined,
  metadata: ({ metadata }) => Object.keys(metadata ?? {}).length > 0,
  service_tier: ({ serviceTier }) => (serviceTier ?? "auto") !== "auto",
  verbosity: ({ verbosity }) => (verbosity ?? "medium") !== "medium",
  store: ({ store }) => store ?? false,
};

/** Reports those of a protocol's missing settings that the request asks something with. */
export function reportUnsayable(request: ChatRequest, missing: readonly Setting[], losses: Losses): void {
  for (const setting of missing) if (ASKS[setting](request)) losses.dropped(setting);
}
