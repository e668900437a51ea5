import type { UpstreamCodec } from "../../core/codec.ts";
import { start } from "../../core/codec.ts";
import { error } from "./error.ts";
import { encodeRequest } from "./request-encode.ts";
import { decodeResponse } from "./response-decode.ts";
import { streamDecoder } from "./stream-decode.ts";
import { PROTOCOL } from "./wire.ts";

/** Cohere's chat, version 2. */
export const cohereChat: UpstreamCodec = {
  protocol: PROTOCOL,
  request: { encode: encodeRequest },
  response: { decode: decodeResponse },
  stream: { decoder: () => start(streamDecoder) },
  error,
};
