import type { JsonObject } from "../../core/json.ts";
import type { SseFrame } from "../../core/sse.ts";
import type { Losses } from "./shape-losses.ts";

/** Where a family's request goes, for the parts of a vendor's format that are not in the body alone. */
export interface FamilyTarget {
  /** The model's name as the provider knows it. */
  readonly model: string;
  readonly losses: Losses;
}

/** What an answer is written for. */
export interface AnswerTarget {
  /** The model's name as the client shall see it. */
  readonly model: string;
  /** The client's request, for what it said of the answer's form. */
  readonly request: JsonObject;
  /** The last word of a Gemini path. */
  readonly action?: string;
  /** Unix time in seconds, for formats that tell when an answer was made. */
  readonly created: number;
}

/** An answer that is no JSON: a sound. */
export class MediaAnswer {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(contentType: string, bytes: Uint8Array<ArrayBuffer>) {
    this.contentType = contentType;
    this.bytes = bytes;
  }
}

/** A client's side of one vendor's format of an API family: from and to the family's canonical form. */
export interface ClientFormat<Request, Answer> {
  readonly request: {
    /** Throws a Fault `invalid_request`. */
    decode(body: JsonObject, losses: Losses): Request;
  };
  readonly answer: {
    encode(answer: Answer, target: AnswerTarget): JsonObject | MediaAnswer;
    /** The answer for a client that asked for a stream, which the provider has none of; left out where the format has no streams. */
    stream?(answer: Answer, target: AnswerTarget): SseFrame[];
  };
}

/** A provider's side of it. */
export interface ProviderFormat<Request, Answer> {
  readonly request: {
    encode(request: Request, target: FamilyTarget): JsonObject;
    /** The last word of the path that requests for a model go to; only Google's formats have one. */
    action?(model: string): string;
  };
  readonly answer: {
    /** Undefined for what is no answer of the format; throws a Fault for one that says why it is none. */
    decode(body: JsonObject): Answer | undefined;
  };
}

/** Both sides. */
export type FamilyCodec<Request, Answer> = ClientFormat<Request, Answer> & ProviderFormat<Request, Answer>;
