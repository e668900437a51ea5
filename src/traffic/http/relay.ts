/** How a relayed body ended: whole, cancelled by its reader, or broken. */
export type RelayEnd = "whole" | "cancelled" | "broken";

/** Watches a body go by. */
export interface RelayWatch {
  chunk(bytes: number): void;
  /** Called once. What it answers is what the reader of a broken body gets as the error. */
  end(how: RelayEnd, error?: unknown): unknown;
}

/** The same bytes, no faster than they are taken, with each chunk and the end seen by `watch`. */
export function relay(body: ReadableStream<Uint8Array>, watch: RelayWatch): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let result;
        try {
          result = await reader.read();
        } catch (error) {
          controller.error(watch.end("broken", error));
          return;
        }
        if (result.done) {
          watch.end("whole");
          controller.close();
        } else {
          watch.chunk(result.value.byteLength);
          controller.enqueue(result.value);
        }
      },
      cancel(reason) {
        watch.end("cancelled");
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
