import { type Codec, start } from "../../core/codec.ts";
import { streamDecoder } from "./stream-decode.ts";
import { newEncoding, streamEncoder } from "./stream-encode.ts";

/** Streamed answers of `/v1/messages` (platform.claude.com/docs/en/build-with-claude/streaming). */
export const stream: Codec["stream"] = {
  decoder: () => start(streamDecoder),
  encoder(target) {
    const state = newEncoding(target);
    return { ...start({ ...streamEncoder, init: () => state }), losses: state.losses.list };
  },
};
