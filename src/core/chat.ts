/**
 * The canonical form of a chat: what every wire protocol is decoded to and encoded from. It says everything that at least two vendors
 * can say; what only one can say rides along in `rest` or in a `native` value, marked with its protocol, and is written back only there.
 */
import type { FaultCode, UpstreamError } from "./fault.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ProtocolName } from "./protocol.ts";

/** Fields the canonical form has no place for, untouched; an encoder of another protocol reports each as a loss. */
export interface Rest {
  readonly protocol: ProtocolName;
  readonly fields: JsonObject;
}

/** Marks a prefix to cache (Anthropic's `cache_control`); `ttl` as the vendor writes it (`5m`, `1h`). */
export interface CacheControl {
  readonly type: "ephemeral";
  readonly ttl?: string;
}

/**
 * Where a media part's bytes are. `text` is a document given as plain text; `file` an id of the provider's own file store. A URL's media
 * type is known where the client told it, as Gemini's do; nobody misses it elsewhere.
 */
export type MediaSource =
  | { readonly type: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly type: "url"; readonly url: string; readonly mediaType?: string }
  | { readonly type: "file"; readonly id: string }
  | { readonly type: "text"; readonly text: string };

interface PartBase {
  readonly cacheControl?: CacheControl;
  readonly rest?: Rest;
}

/** Text. `citations` are kept in the shape of the protocol they came in. */
export interface TextPart extends PartBase {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly Citation[];
  /** Token log probabilities of this text, in OpenAI's shape (`logprobs.content`). */
  readonly logprobs?: Json;
}

/**
 * A reference a model gave for its text. `url`, `title` and the passage are what most protocols share; `value` is the whole, in
 * `protocol`'s shape.
 */
export interface Citation {
  readonly protocol: ProtocolName;
  readonly value: JsonObject;
  readonly url?: string;
  readonly title?: string;
  /** The passage of the block's text that it is for, in UTF-16 code units; `end` is the first one behind it. */
  readonly span?: Span;
}

/** From one place in a text to another. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What a model thought. `signature` and `redacted` belong to the vendor that made them and mean nothing to another: no encoder writes
 * them raw into a request of another vendor, and an answer in another protocol carries them wrapped (protocols/seal.ts), so that they
 * come back unharmed.
 *
 * Gemini's `thoughtSignature` stands on parts of every kind. On a thought it is `signature`; on any other part it is a ReasoningPart of its
 * own, with `redacted` alone, right before the part it belongs to.
 */
export interface ReasoningPart extends PartBase {
  readonly type: "reasoning";
  readonly text: string;
  /** The vendor's seal over the text, or (OpenAI's `encrypted_content`) the reasoning `text` is a summary of; to be sent back unchanged. */
  readonly signature?: string;
  /** Encrypted reasoning, to be sent back unchanged; `text` is then empty. */
  readonly redacted?: string;
  /** Whose `signature` or `redacted` it is: there when one of them is. */
  readonly sealedBy?: ProtocolName;
}

/** An image, a sound, a video or a document. */
export interface MediaPart extends PartBase {
  readonly type: "media";
  readonly kind: "image" | "audio" | "video" | "document";
  readonly source: MediaSource;
  readonly filename?: string;
  /** A document's title and the context given with it (Anthropic). */
  readonly title?: string;
  readonly context?: string;
  /** Whether the model shall cite from this document (Anthropic). */
  readonly citations?: boolean;
  /** OpenAI's `detail` of an image: `low`, `high`, `auto`, `original`. */
  readonly detail?: string;
}

/** A refusal in its own field (OpenAI); other protocols show it as text. */
export interface RefusalPart extends PartBase {
  readonly type: "refusal";
  readonly text: string;
}

/** A call of a tool. `input` is the text as the model wrote it: JSON for `function` and `server`, free text for `custom`. */
export interface ToolCallPart extends PartBase {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly input: string;
  /** `server`: run by the vendor itself, its result follows as a `native` part. */
  readonly kind: "function" | "custom" | "server";
}

/** A tool's answer. `content` holds text, media and native parts. */
export interface ToolResultPart extends PartBase {
  readonly type: "tool-result";
  readonly toolCallId: string;
  readonly content: readonly ContentPart[];
  readonly isError?: boolean;
}

/** A part only one protocol knows (a server tool's result, generated audio, a container upload), in that protocol's own shape. */
export interface NativePart extends PartBase {
  readonly type: "native";
  readonly protocol: ProtocolName;
  readonly value: JsonObject;
}

/** One part of a message. */
export type ContentPart =
  | TextPart
  | ReasoningPart
  | MediaPart
  | RefusalPart
  | ToolCallPart
  | ToolResultPart
  | NativePart;

/**
 * Who speaks. `system` and `developer` may stand anywhere in the list. A `tool` message holds only ToolResultParts; protocols that carry
 * results in a user turn decode them to a `tool` message followed by a `user` message with what else the turn held.
 */
export type Role = "system" | "developer" | "user" | "assistant" | "tool";

/** One turn. An assistant message as the last one is a prefill. */
export interface ChatMessage {
  readonly role: Role;
  readonly content: readonly ContentPart[];
  /** OpenAI's `name` of a participant. */
  readonly name?: string;
  readonly rest?: Rest;
}

/** A tool the client runs itself. */
export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
  readonly strict?: boolean;
  readonly cacheControl?: CacheControl;
  readonly rest?: Rest;
}

/** A tool whose input is free text, perhaps in a grammar (OpenAI's custom tools). */
export interface CustomTool {
  readonly type: "custom";
  readonly name: string;
  readonly description?: string;
  readonly format?: JsonObject;
  readonly rest?: Rest;
}

/** A tool the vendor runs, or one only its models know (web search, bash), in its own shape. */
export interface NativeTool {
  readonly type: "native";
  readonly protocol: ProtocolName;
  readonly name: string;
  readonly value: JsonObject;
}

/** A tool offered to the model. */
export type ChatTool = FunctionTool | CustomTool | NativeTool;

/** Which tools the model may or must call. `native` is a choice only its own protocol knows. */
export type ToolChoice =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  | { readonly type: "required" }
  | { readonly type: "tool"; readonly name: string; readonly kind?: "function" | "custom" }
  /** Only these functions (OpenAI's `allowed_tools`, Gemini's `allowedFunctionNames`). */
  | { readonly type: "allowed"; readonly mode: "auto" | "required"; readonly names: readonly string[] }
  | { readonly type: "native"; readonly protocol: ProtocolName; readonly value: JsonObject };

/** How the answer must look. */
export type ResponseFormat =
  | { readonly type: "text" }
  | { readonly type: "json" }
  | {
      readonly type: "json-schema";
      readonly schema: JsonObject;
      readonly name?: string;
      readonly description?: string;
      readonly strict?: boolean;
    };

/** How hard the model thinks, in the union of the vendors' words. `minimal` is OpenAI's, `max` Anthropic's. */
export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";

/** What the client wants of the model's reasoning. `adaptive`: the model decides how much (Anthropic). */
export interface ReasoningOptions {
  readonly mode?: "disabled" | "enabled" | "adaptive";
  readonly effort?: ReasoningEffort;
  readonly budgetTokens?: number;
  /**
   * How reasoning is shown: `omitted`, `summarized`, or a summary of a certain length. Anthropic's `display`, OpenAI's `summary` (whose
   * `auto` is `summarized`), Gemini's `includeThoughts`.
   */
  readonly display?: "omitted" | "summarized" | "concise" | "detailed";
}

/** A request to a model. Absent means the client did not say. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  /** The client asked for usage at the end of an OpenAI stream. */
  readonly includeUsage?: boolean;
  readonly tools?: readonly ChatTool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
  /** How many answers (OpenAI's `n`). */
  readonly candidates?: number;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningOptions;
  /** A stable id of the end user (OpenAI's `user` or `safety_identifier`, Anthropic's `metadata.user_id`). */
  readonly user?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly serviceTier?: string;
  /** OpenAI's `verbosity`. */
  readonly verbosity?: string;
  /** What kinds of output are wanted, in lower case (`text`, `image`, `audio`). */
  readonly modalities?: readonly string[];
  /** Whether the vendor keeps the answer for later (OpenAI's `store`). */
  readonly store?: boolean;
  readonly rest?: Rest;
}

/** Why the model stopped. `raw` is the vendor's word. */
export interface FinishReason {
  readonly unified:
    | "stop"
    | "stop-sequence"
    | "length"
    | "context-window"
    | "tool-calls"
    | "content-filter"
    | "refusal"
    | "pause"
    | "other";
  readonly raw: string;
  /** The stop sequence that was met. */
  readonly stopSequence?: string;
}

/**
 * Tokens. `inputTokens` is everything the model read, cached and cache-writing tokens included (OpenAI's arithmetic; Anthropic counts
 * them beside `input_tokens`); `outputTokens` includes reasoning.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Of `cacheWriteTokens`, those with a life of one hour (Anthropic's `ephemeral_1h_input_tokens`). */
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens?: number;
  readonly rest?: Rest;
}

/**
 * One step of an answer. Content belongs to a `block`: a number the decoder gives in order of first appearance, unique in the answer,
 * of one kind. Blocks may interleave (OpenAI's parallel tool calls do); `block-end` is sent where the source knows it, and ends at the
 * latest with `finish`. Order: `start` once, first; content; `finish` once a choice; `usage` any number of times, the last one counts
 * and is the answer's total. `ping` may stand anywhere. After `error` comes nothing.
 */
export type ChatEvent =
  | StartEvent
  | TextEvent
  | CitationEvent
  | ReasoningEvent
  | RefusalEvent
  | ToolCallEvent
  | ToolInputEvent
  | MediaEvent
  | NativeEvent
  | BlockEndEvent
  | FinishEvent
  | UsageEvent
  | PingEvent
  | ErrorEvent;

/** `choice` is the answer's index when several were asked for; left out for the first. */
interface BlockEvent {
  readonly block: number;
  readonly choice?: number;
}

/** The answer begins. */
export interface StartEvent {
  readonly type: "start";
  readonly id?: string;
  /** The model that answers, as the provider names it. */
  readonly model?: string;
  /** Unix time in seconds. */
  readonly created?: number;
  readonly rest?: Rest;
}

/** A piece of text; an empty piece opens the block. */
export interface TextEvent extends BlockEvent {
  readonly type: "text";
  readonly text: string;
  readonly logprobs?: Json;
}

/** A citation of the text block it belongs to. */
export interface CitationEvent extends BlockEvent {
  readonly type: "citation";
  readonly citation: Citation;
}

/** A piece of reasoning, its signature (always whole), or encrypted reasoning (always whole). */
export interface ReasoningEvent extends BlockEvent {
  readonly type: "reasoning";
  readonly text: string;
  readonly signature?: string;
  readonly redacted?: string;
  readonly sealedBy?: ProtocolName;
  /** What the vendor needs back with it (an id, a format), on any piece of the block. */
  readonly rest?: Rest;
}

/** A piece of a refusal. */
export interface RefusalEvent extends BlockEvent {
  readonly type: "refusal";
  readonly text: string;
  readonly logprobs?: Json;
}

/** A tool call begins; its input follows as `tool-input` pieces, none for a tool without arguments. */
export interface ToolCallEvent extends BlockEvent {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly kind: ToolCallPart["kind"];
  readonly rest?: Rest;
}

/** A piece of a tool call's input. */
export interface ToolInputEvent extends BlockEvent {
  readonly type: "tool-input";
  readonly text: string;
}

/** A whole image, sound or video the model made. */
export interface MediaEvent extends BlockEvent {
  readonly type: "media";
  readonly part: MediaPart;
}

/** A whole part only one protocol knows. */
export interface NativeEvent extends BlockEvent {
  readonly type: "native";
  readonly protocol: ProtocolName;
  readonly value: JsonObject;
}

/** A block is complete. */
export interface BlockEndEvent extends BlockEvent {
  readonly type: "block-end";
}

/** The model stopped. */
export interface FinishEvent {
  readonly type: "finish";
  readonly choice?: number;
  readonly reason: FinishReason;
  readonly rest?: Rest;
}

/** The tokens so far; the last one of an answer is its total. */
export interface UsageEvent {
  readonly type: "usage";
  readonly usage: Usage;
}

/** The provider is alive. */
export interface PingEvent {
  readonly type: "ping";
}

/** The answer failed in the middle. The fields are those of a Fault. */
export interface ErrorEvent {
  readonly type: "error";
  readonly code: FaultCode;
  readonly message: string;
  readonly status?: number;
  readonly upstream?: UpstreamError;
}

/** One of the answers asked for. */
export interface ChatChoice {
  readonly content: readonly ContentPart[];
  readonly finish: FinishReason;
  readonly rest?: Rest;
}

/** A whole answer. */
export interface ChatResponse {
  readonly id?: string;
  readonly model?: string;
  /** Unix time in seconds. */
  readonly created?: number;
  readonly choices: readonly ChatChoice[];
  readonly usage?: Usage;
  readonly rest?: Rest;
}
