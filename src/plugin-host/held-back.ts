import { joined } from "../core/collect-bytes.ts";
import { Fault } from "../core/fault.ts";

/** What a plugin has taken of a body and not given back yet: without the plugin, it goes on with that. */
export class HeldBack {
  readonly #limit: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** `limit`: the most that is kept, in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The plugin has taken a piece, and given this for it. */
  note(piece: Uint8Array, given: Uint8Array): void {
    if (given.byteLength > 0) {
      this.#pieces = [];
      this.#size = 0;
      return;
    }
    this.#size += piece.byteLength;
    if (this.#size > this.#limit) this.#pieces = [];
    else if (piece.byteLength > 0) this.#pieces.push(piece);
  }

  /** All of it, with the piece that the plugin has failed at. Throws a Fault when there was more than could be kept. */
  before(piece: Uint8Array): Uint8Array {
    if (this.#size > this.#limit) {
      throw new Fault(
        "plugin_failed",
        `A plugin has failed that had taken more than ${this.#limit} bytes of the answer.`,
      );
    }
    const whole = this.#size === 0 ? piece : joined([...this.#pieces, piece], this.#size + piece.byteLength);
    this.note(piece, piece);
    return whole;
  }
}
