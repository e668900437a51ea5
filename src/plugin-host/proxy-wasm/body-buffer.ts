import { joined as joinedOf } from "../../core/collect-bytes.ts";
import type { Bytes } from "../../core/plugin.ts";

/** A body, or what there is of it, while a guest may read and edit it. */
export class BodyBuffer {
  #bytes: Uint8Array;
  /** The guest has written to it. */
  edited = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Puts `value` in place of `size` bytes from `start` on; a start behind the end appends. */
  splice(start: number, size: number, value: Uint8Array): void {
    const from = Math.min(start, this.#bytes.length);
    const to = Math.min(from + size, this.#bytes.length);
    this.#bytes = joined([this.#bytes.subarray(0, from), value, this.#bytes.subarray(to)]);
    this.edited = true;
  }
}

/** Pieces put together, in bytes of their own. */
export function joined(pieces: readonly Uint8Array[]): Bytes {
  return joinedOf(
    pieces,
    pieces.reduce((size, { length }) => size + length, 0),
  );
}
