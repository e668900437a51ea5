import type { Fault } from "../core/fault.ts";
import { UNWATCHED, type Watched } from "./deadline-watch.ts";

/** What bounds the collecting of a stream. */
export interface CollectLimits {
  /** The most that is kept, in bytes. */
  readonly limit: number;
  /** What is thrown when there is more. */
  readonly over: () => Fault;
  /** Limits each wait for a part; nothing does when left out. */
  readonly idle?: Watched;
}

/** All bytes of a stream. Rejects with what a read of it rejects with, or with `over`; whoever still sends then is not waited for. */
export async function collectBytes(
  stream: ReadableStream<Uint8Array>,
  { limit, over, idle = UNWATCHED }: CollectLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    idle.wait();
    const { done, value } = await reader.read();
    if (done) return joined(chunks, size);
    size += value.byteLength;
    if (size > limit) {
      reader.cancel().catch(() => {});
      throw over();
    }
    chunks.push(value);
  }
}

/** Pieces of `size` bytes in all as one. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}
