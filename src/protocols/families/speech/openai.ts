/** OpenAI's speech. Format: https://platform.openai.com/docs/api-reference/audio/createSpeech */
import { optional, required } from "../../fields.ts";
import { type ClientFormat, MediaAnswer } from "../family-codec.ts";
import type { SpeechAnswer, SpeechRequest } from "./canonical.ts";
import { wav } from "./wav.ts";

const KNOWN: ReadonlySet<string> = new Set(
  "model input voice instructions response_format stream_format speed".split(" "),
);
const TYPES: Readonly<Record<string, string>> = { mp3: "audio/mpeg", opus: "audio/ogg" };

/** The client's side alone: other vendors' clients ask for speech by their chat. */
export const openaiSpeech: ClientFormat<SpeechRequest, SpeechAnswer> = {
  request: {
    decode(body, losses) {
      losses.unknown(body, KNOWN);
      if (body["stream_format"] === "sse") losses.dropped("stream_format");
      const voice = optional(body["voice"], "string", "voice");
      const instructions = optional(body["instructions"], "string", "instructions");
      const speed = optional(body["speed"], "number", "speed");
      return {
        text: required(body["input"], "string", "input"),
        format: optional(body["response_format"], "string", "response_format") ?? "mp3",
        ...(voice === undefined ? {} : { voice }),
        ...(instructions === undefined || instructions === "" ? {} : { instructions }),
        ...(speed === undefined || speed === 1 ? {} : { speed }),
      };
    },
  },
  answer: {
    encode({ bytes, format, rate }, { request }) {
      if (format !== "pcm") return new MediaAnswer(TYPES[format] ?? `audio/${format}`, bytes);
      if (request["response_format"] === "pcm") return new MediaAnswer("audio/pcm", bytes);
      return new MediaAnswer("audio/wav", wav(bytes, rate));
    },
  },
};
