import type { Call } from "../../core/plugin.ts";
import { StreamContext } from "./stream-context.ts";

/** The root context's id: there is one in a VM. */
export const ROOT = 1;

/** Ids are i32 in guests, some of which read them as signed. */
const MAX_ID = 0x7fff_ffff;

/** The contexts of one VM, and which of them the guest works for. */
export class Contexts {
  readonly #streams = new Map<number, StreamContext>();
  #last = ROOT;
  #active: number = ROOT;
  /** What the guest has chosen for the rest of a callback. */
  #effective: number | undefined;

  get size(): number {
    return this.#streams.size;
  }

  /** A callback begins for a context. */
  enter(id: number): void {
    this.#active = id;
    this.#effective = undefined;
  }

  /** The stream that a host function is for; undefined: the root. */
  get current(): StreamContext | undefined {
    const chosen = this.#effective;
    if (chosen !== undefined) {
      if (chosen === ROOT) return undefined;
      const stream = this.#streams.get(chosen);
      if (stream !== undefined) return stream;
    }
    return this.#streams.get(this.#active);
  }

  /** Whether there is such a context. */
  choose(id: number): boolean {
    if (id !== ROOT && !this.#streams.has(id)) return false;
    this.#effective = id;
    return true;
  }

  open(call: Call): StreamContext {
    do this.#last = this.#last === MAX_ID ? ROOT + 1 : this.#last + 1;
    while (this.#streams.has(this.#last));
    const stream = new StreamContext(this.#last, call);
    this.#streams.set(stream.id, stream);
    return stream;
  }

  has(stream: StreamContext): boolean {
    return this.#streams.has(stream.id);
  }

  remove({ id }: StreamContext): void {
    this.#streams.delete(id);
  }

  /** Removes all of them. */
  drain(): readonly StreamContext[] {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    return streams;
  }

  wakeAll(): void {
    for (const stream of this.#streams.values()) stream.wake();
  }
}
