/** A request to speak a text. */
export interface SpeechRequest {
  readonly text: string;
  readonly voice?: string;
  /** How it shall be spoken, in words. */
  readonly instructions?: string;
  /** Raw samples, and not a file of them. */
  readonly raw: boolean;
}

/** Spoken text: samples of 16 bits, little-endian, one channel. */
export interface SpeechAnswer {
  readonly samples: Uint8Array<ArrayBuffer>;
  readonly rate: number;
}
