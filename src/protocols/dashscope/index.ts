import type { UpstreamCodec } from "../../core/codec.ts";
import { error } from "./error.ts";
import { encodeRequest } from "./request-encode.ts";
import { decodeResponse } from "./response-decode.ts";
import { stream } from "./stream-decode.ts";
import { PROTOCOL } from "./wire.ts";

/**
 * Alibaba Cloud's DashScope: text-generation and multimodal-generation. Its messages and most of its parameters are OpenAI's, in another
 * frame; so it is written and read by that codec, and this one is about the frame.
 */
export const dashscope: UpstreamCodec = {
  protocol: PROTOCOL,
  request: { encode: encodeRequest },
  response: { decode: decodeResponse },
  stream,
  error,
};
