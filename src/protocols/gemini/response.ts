import type { Codec } from "../../core/codec.ts";
import { decodeResponse } from "./response-decode.ts";
import { encodeResponse } from "./response-encode.ts";

/** Whole answers of `generateContent`. */
export const response: Codec["response"] = { decode: decodeResponse, encode: encodeResponse };
