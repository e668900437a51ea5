/**
 * How the providers that speak OpenAI's chat API differ on the wire, as data.
 * Sources: api-docs.deepseek.com/guides/thinking_mode and /api/create-chat-completion; openrouter.ai/docs/api/reference/streaming and
 * /docs/use-cases/reasoning-tokens; docs.vllm.ai/en/latest/features/reasoning_outputs; docs.ollama.com/api/openai-compatibility.
 */
export interface Flavour {
  readonly name: string;
  /** Where reasoning text stands in a message and a delta. */
  readonly reasoningField?: "reasoning_content" | "reasoning";
  /** Whether signatures and encrypted reasoning are shown, in `reasoning_details`. */
  readonly reasoningDetails?: boolean;
  /** A comment frame sent before the first event. */
  readonly comment?: string;
  /** The role stands on every delta, not on the first alone. */
  readonly roleOnEveryDelta?: boolean;
  /** A tool call's arguments come whole, with its name. */
  readonly wholeArguments?: boolean;
  /** The usage of a stream: a chunk of its own, or on the one with the finish reason. */
  readonly usageOnFinish?: boolean;
  /** Usage is sent although the client did not ask for it. */
  readonly usageAlways?: boolean;
  /** Cached tokens in DeepSeek's own two fields. */
  readonly hitAndMiss?: boolean;
  /** Unknown request fields are refused. */
  readonly strict: boolean;
  /** Requests without a key are refused. */
  readonly needsKey: boolean;
}

/** The flavours, by the first segment of the base URL's path; none means OpenAI's own. */
export const FLAVOURS: Readonly<Record<string, Flavour>> = {
  openai: { name: "openai", strict: true, needsKey: true },
  deepseek: {
    name: "deepseek",
    reasoningField: "reasoning_content",
    comment: ": keep-alive\n\n",
    usageOnFinish: true,
    hitAndMiss: true,
    strict: false,
    needsKey: true,
  },
  openrouter: {
    name: "openrouter",
    reasoningField: "reasoning",
    reasoningDetails: true,
    comment: ": OPENROUTER PROCESSING\n\n",
    roleOnEveryDelta: true,
    strict: false,
    needsKey: true,
  },
  vllm: { name: "vllm", reasoningField: "reasoning", strict: false, needsKey: false },
  ollama: {
    name: "ollama",
    reasoningField: "reasoning",
    roleOnEveryDelta: true,
    wholeArguments: true,
    strict: false,
    needsKey: false,
  },
  generic: { name: "generic", strict: false, needsKey: true },
};
