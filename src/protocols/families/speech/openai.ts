/** OpenAI's speech. Format: https://platform.openai.com/docs/api-reference/audio/createSpeech */
import { optional, required } from "../../fields.ts";
import { type ClientFormat, MediaAnswer } from "../family-codec.ts";
import type { SpeechAnswer, SpeechRequest } from "./canonical.ts";
import { wav } from "./wav.ts";

const KNOWN: ReadonlySet<string> = new Set([
  "model",
  "input",
  "voice",
  "instructions",
  "response_format",
  "stream_format",
]);

/** The client's side alone: other vendors' clients ask for speech by their chat. */
export const openaiSpeech: ClientFormat<SpeechRequest, SpeechAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body["speed"] === 1 ? { ...body, speed: null } : body, KNOWN);
      const format = optional(body["response_format"], "string", "response_format") ?? "mp3";
      if (format !== "pcm" && format !== "wav") losses.approximated("response_format", "wav");
      if (body["stream_format"] === "sse") losses.dropped("stream_format");
      const voice = optional(body["voice"], "string", "voice");
      const instructions = optional(body["instructions"], "string", "instructions");
      return {
        text: required(body["input"], "string", "input"),
        raw: format === "pcm",
        ...(voice === undefined ? {} : { voice }),
        ...(instructions === undefined || instructions === "" ? {} : { instructions }),
      };
    },
  },
  answer: {
    encode({ samples, rate }, { request }) {
      if (request["response_format"] === "pcm") return new MediaAnswer("audio/pcm", samples);
      return new MediaAnswer("audio/wav", wav(samples, rate));
    },
  },
};
