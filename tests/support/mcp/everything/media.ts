/** A picture of one red pixel. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/** A sound of no samples: the 44 bytes of a WAV header. */
export const WAV: string = wav();

function wav(): string {
  const header = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string): void =>
    new TextEncoder().encode(word).forEach((byte, i) => header.setUint8(at + i, byte));
  text(0, "RIFF");
  header.setUint32(4, 36, true);
  text(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, 8000, true);
  header.setUint32(28, 8000, true);
  header.setUint16(32, 1, true);
  header.setUint16(34, 8, true);
  text(36, "data");
  return btoa(String.fromCharCode(...new Uint8Array(header.buffer)));
}
