/** What bounds the collecting of a stream. */
export interface CollectLimits {
  /** The most that is kept, in bytes. */
  readonly limit: number;
  /** What is thrown when there is more. */
  readonly over: () => Error;
  /** Limits each wait for a part; nothing does when left out. */
  readonly idle?: { wait(): void };
}

/** Where bytes are taken from, chunk by chunk; undefined is the end. */
interface ByteSource {
  read(): Promise<Uint8Array | undefined>;
  cancel(): void;
}

/** All bytes of a stream. Rejects with what a read of it rejects with, or with `over`; whoever still sends then is not waited for. */
export function collectBytes(
  stream: ReadableStream<Uint8Array>,
  limits: CollectLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const source: ByteSource = {
    read: async () => (await reader.read()).value,
    cancel: () => void reader.cancel().catch(() => {}),
  };
  return collectFrom(source, limits);
}

/** The same of what is read otherwise. */
export async function collectFrom(
  source: ByteSource,
  { limit, over, idle }: CollectLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    idle?.wait();
    const chunk = await source.read();
    if (chunk === undefined) return joined(chunks, size);
    size += chunk.byteLength;
    if (size > limit) {
      source.cancel();
      throw over();
    }
    chunks.push(chunk);
  }
}

/** Pieces as one; `size` is what they have in all, for those who know it. */
export function joined(chunks: readonly Uint8Array[], size: number = sizeOf(chunks)): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((size, chunk) => size + chunk.byteLength, 0);
}
