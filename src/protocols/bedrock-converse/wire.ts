/** The wire format of Converse, as AWS' SDK publishes it. Types only: nothing of the SDK is loaded at run time. */
import type {
  AudioFormat,
  DocumentFormat,
  ImageFormat,
  ServiceTierType,
  StopReason as SdkStopReason,
  VideoFormat,
} from "@aws-sdk/client-bedrock-runtime";

/** This folder's protocol. */
export const PROTOCOL = "bedrock-converse";

/** Why the model stopped, in Bedrock's words. */
export type StopReason = SdkStopReason;

/** The formats each kind of media may have. */
export interface Formats {
  readonly image: ImageFormat;
  readonly document: DocumentFormat;
  readonly video: VideoFormat;
  readonly audio: AudioFormat;
}

/** How a request is processed. */
export type ServiceTier = ServiceTierType;
