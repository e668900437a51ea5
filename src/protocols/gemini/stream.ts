import type { Codec } from "../../core/codec.ts";
import { createDecoder } from "./stream-decode.ts";
import { createEncoder } from "./stream-encode.ts";

/** Streamed answers of `streamGenerateContent?alt=sse`: each event is an answer of its own with what is new. */
export const stream: Codec["stream"] = { decoder: createDecoder, encoder: createEncoder };
