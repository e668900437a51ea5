import type { UpstreamCodec } from "../../core/codec.ts";
import { countTokens } from "./count-tokens.ts";
import { error } from "./error.ts";
import { decodeResponse } from "./response-decode.ts";
import { encodeRequest } from "./request-encode.ts";
import { stream } from "./stream-decode.ts";
import { PROTOCOL } from "./wire.ts";

/** Converse and ConverseStream of Amazon Bedrock. */
export const bedrockConverse: UpstreamCodec = {
  protocol: PROTOCOL,
  request: { encode: encodeRequest },
  response: { decode: decodeResponse },
  stream,
  error,
  countTokens,
};
