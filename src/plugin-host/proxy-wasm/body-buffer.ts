import { joined as joinedOf } from "../../core/collect-bytes.ts";
import type { Bytes } from "../../core/plugin.ts";

/** A body, or what there is of it, while a guest may read and edit it. Its pieces are put together only when somebody wants to see them. */
export class BodyBuffer {
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** The guest has written to it. */
  edited = false;

  constructor(bytes?: Uint8Array) {
    if (bytes !== undefined) this.append(bytes);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    const [first = NOTHING, ...rest] = this.#pieces;
    if (rest.length === 0) return first;
    const whole = joined(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
  }

  /** Puts `value` in place of `size` bytes from `start` on; a start behind the end appends. */
  splice(start: number, size: number, value: Uint8Array): void {
    const { bytes } = this;
    const from = Math.min(start, bytes.length);
    const to = Math.min(from + size, bytes.length);
    this.#pieces = [joined([bytes.subarray(0, from), value, bytes.subarray(to)])];
    this.#size = bytes.length - (to - from) + value.length;
    this.edited = true;
  }
}

const NOTHING = new Uint8Array();

/** Pieces put together, in bytes of their own. */
export function joined(pieces: readonly Uint8Array[]): Bytes {
  return joinedOf(
    pieces,
    pieces.reduce((size, { length }) => size + length, 0),
  );
}
