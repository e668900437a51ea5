/** A request to speak a text. */
export interface SpeechRequest {
  readonly text: string;
  readonly voice?: string;
  /** How it shall be spoken, in words. */
  readonly instructions?: string;
  /** What the sound shall come as, in OpenAI's words: `mp3`, `opus`, `aac`, `flac`, `wav`, or `pcm` for bare samples. */
  readonly format: string;
  readonly speed?: number;
}

/** Spoken text. */
export interface SpeechAnswer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** In the same words; `pcm` are samples of 16 bits, little-endian, one channel. */
  readonly format: string;
  /** Samples a second, of `pcm`. */
  readonly rate: number;
}

/** OpenAI's voices, which nobody else has. */
export const OPENAI_VOICES: ReadonlySet<string> = new Set(
  "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split(" "),
);
