/** The speech of Gemini's models that speak. Format: https://ai.google.dev/gemini-api/docs/speech-generation */
import { joined } from "../../../core/collect-bytes.ts";
import { isObject, type Json } from "../../../core/json.ts";
import type { ProviderFormat } from "../family-codec.ts";
import { OPENAI_VOICES, type SpeechAnswer, type SpeechRequest } from "./canonical.ts";

const VOICE = "Kore";

export const geminiSpeech: ProviderFormat<SpeechRequest, SpeechAnswer> = {
  request: {
    action: () => "generateContent",
    encode({ text, voice = VOICE, instructions, format, speed }, { losses }) {
      if (format !== "pcm" && format !== "wav") losses.approximated("response_format", "wav");
      if (speed !== undefined) losses.dropped("speed");
      const foreign = OPENAI_VOICES.has(voice);
      if (foreign) losses.approximated("voice", VOICE);
      // The models take how to speak from what stands before a colon.
      if (instructions !== undefined) losses.approximated("instructions", "told before the text");
      return {
        contents: [{ role: "user", parts: [{ text: instructions === undefined ? text : `${instructions}: ${text}` }] }],
        generationConfig: {
          responseModalities: ["AUDIO"],
          speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: foreign ? VOICE : voice } } },
        },
      };
    },
  },
  answer: {
    decode({ candidates }) {
      const [first] = Array.isArray(candidates) ? candidates : [];
      const { parts } = isObject(first) && isObject(first["content"]) ? first["content"] : {};
      const sounds = Array.isArray(parts) ? parts.flatMap((part) => soundIn(part) ?? []) : [];
      const [sound] = sounds;
      if (sound === undefined) return undefined;
      return { ...sound, bytes: joined(sounds.map(({ bytes }) => bytes)) };
    },
  },
};

/** `audio/L16;codec=pcm;rate=24000`: against RFC 2586 its samples are little-endian. */
function soundIn(part: Json): SpeechAnswer | undefined {
  const inline = isObject(part) ? part["inlineData"] : undefined;
  const { data, mimeType } = isObject(inline) ? inline : {};
  if (typeof data !== "string" || typeof mimeType !== "string" || !/^audio\/(?:l16|pcm)/i.test(mimeType))
    return undefined;
  const rate = Number(/rate=(\d+)/.exec(mimeType)?.[1] ?? 24_000);
  try {
    return { bytes: Uint8Array.fromBase64(data), format: "pcm", rate };
  } catch {
    return undefined;
  }
}
