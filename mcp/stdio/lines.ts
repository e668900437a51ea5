const LF = 10;
const CR = 13;

/** What becomes of a line that is too long. */
export type Overlong = "refuse" | "cut";

/** A line longer than its limit; what comes after it cannot be told apart any more. */
export class LineTooLong extends Error {
  constructor(limit: number) {
    super(`A line is longer than ${limit} bytes.`);
    this.name = "LineTooLong";
  }
}

/** Cuts bytes into lines of UTF-8 text, wherever they come cut. Blank lines are left out. */
export class LineDecoder {
  readonly #limit: number;
  readonly #overlong: Overlong;
  /** The line that has no end yet. In pieces: joining them at each push would be quadratic. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** The rest of a line that was cut. */
  #skipping = false;
  // One for a decoder, and only ever given whole lines: nothing is carried over from one to the next.
  readonly #utf8 = new TextDecoder("utf-8");

  /** `limit` is in bytes. Lines that are cut end with `…`. */
  constructor(limit: number, overlong: Overlong) {
    this.#limit = limit;
    this.#overlong = overlong;
  }

  /** The lines that these bytes end. Throws a {@link LineTooLong} where such are refused; the decoder is then spent. */
  push(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      this.#take(bytes.subarray(from, end), lines);
      if (!this.#skipping) this.#finish(lines);
      this.#skipping = false;
      from = end + 1;
    }
    this.#take(bytes.subarray(from), lines);
    return lines;
  }

  /** What stands behind the last line's end. */
  end(): string[] {
    const lines: string[] = [];
    if (!this.#skipping) this.#finish(lines);
    return lines;
  }

  #take(bytes: Uint8Array, lines: string[]): void {
    if (this.#skipping || bytes.length === 0) return;
    const room = this.#limit - this.#held;
    if (bytes.length <= room) {
      // A copy: a piece must not keep alive the large chunk it was cut from, nor change with it.
      this.#pieces.push(bytes.slice());
      this.#held += bytes.length;
      return;
    }
    if (this.#overlong === "refuse") throw new LineTooLong(this.#limit);
    this.#pieces.push(bytes.slice(0, room));
    this.#held += room;
    this.#finish(lines, "…");
    this.#skipping = true;
  }

  #finish(lines: string[], mark = ""): void {
    const whole = joined(this.#pieces, this.#held);
    this.#pieces = [];
    this.#held = 0;
    const text = this.#utf8.decode(whole.at(-1) === CR ? whole.subarray(0, -1) : whole);
    if (text.trim() !== "") lines.push(text + mark);
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
