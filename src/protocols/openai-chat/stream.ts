import { start, type Codec } from "../../core/codec.ts";
import { customCallsTo } from "../custom-calls.ts";
import { streamDecoder } from "./stream-decode.ts";
import { createEncoder } from "./stream-encode.ts";

/** Streams of Chat Completions. */
export const stream: Codec["stream"] = {
  decoder: () => start(streamDecoder),
  encoder: (target) => customCallsTo(createEncoder(target), target),
};
