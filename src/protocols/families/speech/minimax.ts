/** MiniMax' speech. Format: https://platform.minimax.io/docs/api-reference/speech-t2a-http */
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import { checkMinimax } from "../minimax-answer.ts";
import { OPENAI_VOICES, type SpeechAnswer, type SpeechRequest } from "./canonical.ts";

const FORMATS: ReadonlySet<string> = new Set(["mp3", "wav", "flac", "pcm"]);
const VOICE = "English_expressive_narrator";
/** OpenAI's rate of bare samples, which says nothing of it in its answers. */
const RATE = 24_000;

export const minimaxSpeech: ProviderFormat<SpeechRequest, SpeechAnswer> = {
  request: {
    encode({ text, voice = VOICE, instructions, format, speed }, { model, losses }) {
      if (instructions !== undefined) losses.dropped("instructions");
      if (OPENAI_VOICES.has(voice)) losses.approximated("voice", VOICE);
      if (!FORMATS.has(format)) losses.approximated("response_format", "mp3");
      const setting: JsonObject = {
        voice_id: OPENAI_VOICES.has(voice) ? VOICE : voice,
        ...(speed === undefined ? {} : { speed: within(speed) }),
      };
      if (speed !== undefined && within(speed) !== speed) losses.approximated("speed", String(within(speed)));
      const sound = { format: FORMATS.has(format) ? format : "mp3", sample_rate: RATE, channel: 1 };
      return { model, text, stream: false, voice_setting: setting, audio_setting: sound };
    },
  },
  answer: {
    decode(body) {
      checkMinimax(body);
      const { data, extra_info: extra } = body;
      const audio = isObject(data) ? data["audio"] : undefined;
      const { audio_format: format, audio_sample_rate: rate } = isObject(extra) ? extra : {};
      if (typeof audio !== "string" || audio === "" || !/^(?:[0-9a-f]{2})+$/i.test(audio)) return undefined;
      return {
        bytes: Uint8Array.fromHex(audio),
        format: typeof format === "string" ? format : "mp3",
        rate: typeof rate === "number" ? rate : RATE,
      };
    },
  },
};

function within(speed: number): number {
  return Math.min(2, Math.max(0.5, speed));
}
