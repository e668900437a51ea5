import { start, type Codec } from "../../core/codec.ts";
import { customCallsTo, withCustomCalls } from "../custom-calls.ts";
import { error } from "./error.ts";
import { decodeRequest } from "./request-decode.ts";
import { encodeRequest } from "./request-encode.ts";
import { decodeResponse } from "./response-decode.ts";
import { encodeResponse } from "./response-encode.ts";
import { streamDecoder } from "./stream-decode.ts";
import { createEncoder } from "./stream-encode.ts";
import { tap } from "./tap.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's Responses API. */
export const openaiResponses: Codec = {
  protocol: PROTOCOL,
  request: { decode: decodeRequest, encode: encodeRequest },
  response: {
    decode: decodeResponse,
    encode: (response, target) => encodeResponse(withCustomCalls(response, target), target),
  },
  stream: { decoder: () => start(streamDecoder), encoder: (target) => customCallsTo(createEncoder(target), target) },
  error,
  tap,
};
