/** The wire protocols for chat that Sluice speaks both ways: to clients and to providers. */
export const PROTOCOLS = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

/** Those it speaks to providers only. */
export const UPSTREAM_PROTOCOLS = ["bedrock-converse", "cohere-chat", "dashscope"] as const;

/** One of {@link PROTOCOLS}: what a client may speak. */
export type ClientProtocol = (typeof PROTOCOLS)[number];

/** Any protocol a provider may speak. */
export type ProtocolName = ClientProtocol | (typeof UPSTREAM_PROTOCOLS)[number];

/**
 * Something the source said that the target protocol cannot say.
 *
 * `field` is the path in the *canonical* form a reader would look for, in snake_case as vendors write it
 * (`top_k`, `messages[2].content[0].citations`). `dropped` means it is gone; `approximated` that something near it was sent.
 */
export interface Loss {
  readonly field: string;
  readonly kind: "dropped" | "approximated";
  /** One short clause for the log, without any value from the request. */
  readonly detail?: string;
}

/** A converted value and what was lost on the way; `losses` is empty when the conversion is exact. */
export interface Encoded<T> {
  readonly value: T;
  readonly losses: readonly Loss[];
}

/**
 * How one provider's flavour of a protocol differs from the vendor's own. Data, so that no codec asks for a provider's name.
 * Everything left out means: as the protocol's own vendor does it.
 */
export interface Dialect {
  /** The field for the output token limit (openai-chat). OpenAI itself wants `max_completion_tokens`. */
  readonly maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** False: `developer` messages are sent as `system`. */
  readonly developerRole?: boolean;
  /** False: `stream_options` is not understood, so usage cannot be asked for in a stream. */
  readonly streamUsage?: boolean;
  /** The field of an assistant message that carries earlier reasoning back (openai-chat); false: it is not accepted. */
  readonly reasoningField?: "reasoning_content" | "reasoning" | false;
  /** Whether `reasoning_details` (signatures, encrypted reasoning) is understood (openai-chat). */
  readonly reasoningDetails?: boolean;
  /**
   * How reasoning is asked for (openai-chat): `reasoning_effort`, OpenRouter's `reasoning` object, `thinking: {type}`, Qwen's
   * `enable_thinking`, or not at all.
   */
  readonly reasoningRequest?: "effort" | "openrouter" | "thinking" | "enable-thinking" | "none";
  /** The words of `reasoning_effort` it knows (openai-chat), where they are not OpenAI's; another one becomes the nearest below. */
  readonly efforts?: readonly string[];
  /** False: `response_format` of type `json_schema` is not understood; `json_object` is sent instead. */
  readonly jsonSchema?: boolean;
  /** Whether `cache_control` on content parts and tools is understood (openai-chat). */
  readonly cacheControl?: boolean;
  /** Whether `top_k` is understood (openai-chat). */
  readonly topK?: boolean;
  /** Where cache points are put for requests that do not mark their own (bedrock-converse). */
  readonly cachePoints?: CachePointSettings;
  /** Fields of a request, by OpenAI's name, that the vendor has another way with (openai-chat). They hold for untouched requests too. */
  readonly fields?: Readonly<Record<string, FieldRule>>;
  /** False: a message with a `name` is refused, but for a tool's (openai-chat). It holds for untouched requests too. */
  readonly messageNames?: boolean;
}

/** Where a prompt shall be cached, and for how long when the request does not say (OpenAI's `prompt_cache_retention`). */
export interface CachePointSettings {
  readonly systemPrompt: boolean;
  readonly lastUserMessage: boolean;
  readonly lastMessage: boolean;
  /** Left out: nothing is cached unless the request asks for it. */
  readonly retention?: "in_memory" | "24h";
}

/**
 * What becomes of a field the vendor does not take as it is: it is `refused` with an error, so it is left out and told as a loss; it is
 * `implied`, so it is left out and nothing is lost; or the vendor has another name for it.
 */
export type FieldRule = "refused" | "implied" | { readonly as: string };
