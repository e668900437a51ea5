import type { Readable, Writable } from "node:stream";
import type { ServiceRequest } from "../../core/service-link.ts";

/** What an answer's body is read from. */
export interface BodySource {
  /** Called when the stream is closed without an end. */
  readonly broken: () => Error;
  /** The end has come. Answers the error where it only looks like one. */
  readonly ended?: () => Error | undefined;
}

/** The bytes of a stream of Node's, no faster than they are taken. What cancels the body destroys the stream. */
export function bodyOf(source: Readable, { broken, ended }: BodySource): ReadableStream<Uint8Array> {
  let settled = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const settle = (run: () => void): void => {
          if (settled) return;
          settled = true;
          run();
        };
        source.on("data", (chunk: Uint8Array) => {
          if (settled) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        });
        source.once("end", () =>
          settle(() => {
            const error = ended?.();
            if (error === undefined) controller.close();
            else controller.error(error);
          }),
        );
        // It stays: an error that nobody listens for ends the process.
        source.on("error", (error) => settle(() => controller.error(error)));
        source.once("close", () => settle(() => controller.error(broken())));
        source.pause();
      },
      pull: () => void source.resume(),
      cancel() {
        settled = true;
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Writes a request's body and ends it, no faster than it is taken. Rejects when the body breaks off. */
export async function writeBody(to: Writable, body: ServiceRequest["body"]): Promise<void> {
  if (body === null || body instanceof Uint8Array) {
    to.end(body ?? undefined);
    return;
  }
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (to.destroyed) break;
      if (done) {
        to.end();
        return;
      }
      if (!to.write(value)) await room(to);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Resolves when there is room for more, or will never be. */
function room(to: Writable): Promise<void> {
  if (to.destroyed || !to.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      to.off("drain", done);
      to.off("close", done);
      resolve();
    };
    to.once("drain", done);
    to.once("close", done);
  });
}
