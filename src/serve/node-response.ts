import type { ServerResponse } from "node:http";

/** How many turns of the microtask queue a body that is already in memory may take to say so. */
const TURNS = 8;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Chunk = Awaited<ReturnType<Reader["read"]>>;

/**
 * Writes a standard Response to a `node:http` one, no faster than the client takes it; resolves when it is written or the client is gone.
 * A body that fails cuts the connection: an unfinished answer must never look complete.
 */
export async function writeResponse(response: Response, to: ServerResponse): Promise<void> {
  if (to.destroyed) {
    await response.body?.cancel();
    return;
  }
  const head = headOf(response, to);
  if (response.body === null || to.req.method === "HEAD") {
    head();
    await response.body?.cancel();
    to.end();
    return;
  }
  const reader = response.body.getReader() as Reader;
  const leave = (): void => void reader.cancel().catch(() => undefined);
  to.once("close", leave);
  try {
    await writeBody(reader, to, head);
  } catch {
    to.destroy();
  } finally {
    to.off("close", leave);
  }
}

type Head = (length?: number) => void;

/** Writes the head, with the body's length when it is known by then. */
function headOf({ status, statusText, headers }: Response, to: ServerResponse): Head {
  return (length) => {
    const list: string[] = [];
    for (const [name, value] of headers) list.push(name, value);
    if (length !== undefined && !headers.has("content-length")) list.push("content-length", String(length));
    to.writeHead(status, statusText === "" ? undefined : statusText, list);
  };
}

/** A whole body in one chunk goes out with its head and its length; the head is not kept waiting for a chunk that takes its time. */
async function writeBody(reader: Reader, to: ServerResponse, head: Head): Promise<void> {
  let next = reader.read();
  if (await settles(next)) {
    const first = await next;
    next = first.done ? Promise.resolve(first) : reader.read();
    if ((await settles(next)) && (await next).done) {
      head(first.value?.length ?? 0);
      to.end(first.value);
      return;
    }
    head();
    if (!first.done) await written(to, first.value);
  } else {
    head();
    to.flushHeaders();
  }
  for (let chunk = await next; !chunk.done; chunk = await next) {
    next = reader.read();
    await written(to, chunk.value);
  }
  to.end();
}

async function settles(promise: Promise<Chunk>): Promise<boolean> {
  const state = { settled: false };
  const mark = (): void => void (state.settled = true);
  promise.then(mark, mark);
  for (let turn = 0; turn < TURNS && !state.settled; turn++) await Promise.resolve();
  return state.settled;
}

/** Resolves when the client has room for more, or is gone. */
function written(to: ServerResponse, chunk: Uint8Array): Promise<void> | undefined {
  if (to.destroyed || to.write(chunk)) return undefined;
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
