import type { Call } from "../core/plugin.ts";
import type { ActivePlugin } from "./active-plugin.ts";
import { HeldBack } from "./held-back.ts";

/** What reading piece by piece needs beside the plugin. */
export interface PiecesOptions {
  readonly call: Call;
  /** What ends a stream that fails so that its reader can tell; undefined: it breaks. */
  readonly lastWords: (thrown: unknown) => Uint8Array | undefined;
  /** Called when the plugin has seen the last of the body, or nobody reads it any more; perhaps more than once. */
  readonly over: () => void;
  /** The most that is kept of what the plugin holds back, in bytes. */
  readonly limit: number;
}

const NOTHING = new Uint8Array();

/** A body as a plugin leaves it, no faster than it is taken. */
export function pieces(
  body: ReadableStream<Uint8Array>,
  plugin: ActivePlugin,
  { call, lastWords, over, limit }: PiecesOptions,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const held = new HeldBack(limit);
  const goesOn = plugin.link.failStrategy === "FAIL_OPEN";

  function passed(chunk: Uint8Array, last: boolean): Uint8Array | Promise<Uint8Array> {
    if (plugin.failed) return chunk;
    const said = plugin.ask("responseChunk", (hooks) => hooks.responseChunk?.(call, chunk, last));
    return said instanceof Promise ? said.then((given) => noted(chunk, given)) : noted(chunk, said);
  }

  function noted(chunk: Uint8Array, said: Uint8Array | void): Uint8Array {
    if (plugin.failed) return held.before(chunk);
    const given = said ?? chunk;
    if (goesOn) held.note(chunk, given);
    return given;
  }

  async function next(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      const { value, done } = await reader.read();
      const given = passed(value ?? NOTHING, done);
      const chunk = given instanceof Promise ? await given : given;
      if (chunk.byteLength > 0) controller.enqueue(chunk);
      if (done) {
        over();
        return controller.close();
      }
      if (chunk.byteLength > 0) return;
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          await next(controller);
        } catch (thrown) {
          reader.cancel(thrown).catch(() => {});
          over();
          const words = lastWords(thrown);
          if (words === undefined) return controller.error(thrown);
          controller.enqueue(words);
          controller.close();
        }
      },
      cancel(reason) {
        over();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
