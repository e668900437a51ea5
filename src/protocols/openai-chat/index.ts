import type { Codec } from "../../core/codec.ts";
import { withCustomCalls } from "../custom-calls.ts";
import { error } from "./error.ts";
import { decodeRequest, encodeRequest } from "./request.ts";
import { decodeResponse, encodeResponse } from "./response.ts";
import { stream } from "./stream.ts";
import { tap } from "./tap.ts";
import { PROTOCOL } from "./wire.ts";

/** OpenAI's Chat Completions, and what compatible vendors make of it. */
export const openaiChat: Codec = {
  protocol: PROTOCOL,
  request: { decode: decodeRequest, encode: encodeRequest },
  response: {
    decode: decodeResponse,
    encode: (response, target) => encodeResponse(withCustomCalls(response, target), target),
  },
  stream,
  error,
  tap,
};
