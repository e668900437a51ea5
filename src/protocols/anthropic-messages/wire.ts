/**
 * The wire format, as the vendor's SDK publishes it. Types only: nothing of the SDK is loaded at run time. What the SDK no longer types
 * but older models still take (`temperature`, `top_p`, `top_k`, `output_format`) is read and written all the same.
 */
import type { ErrorType as SdkErrorType } from "@anthropic-ai/sdk/resources/shared";
import type {
  BetaStopReason,
  MessageCreateParamsNonStreaming as BetaMessageCreateParams,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type {
  Message,
  MessageCreateParamsNonStreaming,
  MessageDeltaUsage,
  Usage,
} from "@anthropic-ai/sdk/resources/messages/messages";

/** This folder's protocol. */
export const PROTOCOL = "anthropic-messages";

/** Fields of a request, the beta ones and those of older models included. */
export type RequestField =
  | keyof MessageCreateParamsNonStreaming
  | keyof BetaMessageCreateParams
  | "temperature"
  | "top_p"
  | "top_k";

/** Fields of an answer. */
export type ResponseField = keyof Message;

/** Why the model stopped, in Claude's words. */
export type StopReason = BetaStopReason;

/** Token counts of a whole answer. */
export type WireUsage = Usage;

/** Token counts of a `message_delta` event; the fields that `message_start` has besides are not repeated there. */
export type WireDeltaUsage = MessageDeltaUsage;

/** An answer without what Sluice writes itself. */
export type WireMessage = Omit<Message, "content" | "stop_reason" | "usage">;

/** Types of errors, with the one that only the edge in front of the API answers. */
export type ErrorType = SdkErrorType | "request_too_large";
