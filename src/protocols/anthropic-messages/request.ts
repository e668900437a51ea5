import type { Codec } from "../../core/codec.ts";
import { decodeRequest } from "./request-decode.ts";
import { encodeRequest } from "./request-encode.ts";

/** Requests to `/v1/messages`. */
export const request: Codec["request"] = { decode: decodeRequest, encode: encodeRequest };
