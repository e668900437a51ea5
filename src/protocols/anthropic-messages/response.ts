import type { Codec } from "../../core/codec.ts";
import { decodeResponse } from "./response-decode.ts";
import { encodeResponse } from "./response-encode.ts";

/** Whole answers of `/v1/messages`. */
export const response: Codec["response"] = { decode: decodeResponse, encode: encodeResponse };
