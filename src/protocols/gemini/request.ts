import type { Codec } from "../../core/codec.ts";
import { decodeRequest } from "./request-decode.ts";
import { encodeRequest } from "./request-encode.ts";

/** Requests of `generateContent` and `streamGenerateContent`, whose URL says the model and whether the answer is streamed. */
export const request: Codec["request"] = { decode: decodeRequest, encode: encodeRequest };
