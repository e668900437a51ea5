/** Replaces something in a body that goes by. */
export interface BodyRewrite {
  /** Nothing more will be replaced: what follows need not be shown to it. */
  readonly done: boolean;
  /** What can go on after these bytes. */
  push(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
  /** What is left at the body's end. */
  end(): Promise<readonly Uint8Array[]>;
}

/** The body with its replacement made, no faster than it is taken; after that the very bytes that come. */
export function rewritten(body: ReadableStream<Uint8Array>, rewrite: BodyRewrite): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      // A pull that enqueues nothing would not be repeated, hence the loop.
      async pull(controller) {
        for (let sent = 0; sent === 0;) {
          const { done, value } = await reader.read();
          const out = done ? await rewrite.end() : rewrite.done ? [value] : await rewrite.push(value);
          for (const bytes of out) if (bytes.length > 0) controller.enqueue(bytes);
          if (done) return controller.close();
          sent = out.reduce((sum, { length }) => sum + length, 0);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
