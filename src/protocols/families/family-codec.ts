import type { JsonObject } from "../../core/json.ts";
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
}

/** The provider's side of one vendor's format of one API family. Encoders may throw a Fault `invalid_request` for what cannot be asked. */
export interface UpstreamFamilyCodec<Request, Answer> {
  readonly request: {
    encode(request: Request, target: FamilyTarget): JsonObject;
    /** The last word of the path this format's requests go to; only Gemini has one. */
    readonly action?: string;
  };
  readonly answer: {
    /** Undefined for what is no answer of the format. */
    decode(body: JsonObject): Answer | undefined;
  };
}

/**
 * One vendor's format of one API family, to and from the family's canonical form. Decoders of requests throw a Fault `invalid_request`;
 * those of answers answer undefined for what is no answer of the format.
 */
export interface FamilyCodec<Request, Answer> extends UpstreamFamilyCodec<Request, Answer> {
  readonly request: UpstreamFamilyCodec<Request, Answer>["request"] & {
    decode(body: JsonObject, losses: Losses): Request;
  };
  readonly answer: UpstreamFamilyCodec<Request, Answer>["answer"] & {
    encode(answer: Answer, target: AnswerTarget): JsonObject;
  };
}
