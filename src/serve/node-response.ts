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
  to.writeHead(response.status, response.statusText === "" ? undefined : response.statusText, flat(response.headers));
  if (response.body === null || to.req.method === "HEAD") {
    await response.body?.cancel();
    to.end();
    return;
  }
  const reader = response.body.getReader() as Reader;
  const leave = (): void => void reader.cancel().catch(() => undefined);
  to.once("close", leave);
  try {
    await writeBody(reader, to);
  } catch {
    to.destroy();
  } finally {
    to.off("close", leave);
  }
}

function flat(headers: Headers): string[] {
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value);
  return list;
}

async function writeBody(reader: Reader, to: ServerResponse): Promise<void> {
  const first = await soon(to, reader.read());
  if (first.done) {
    to.end();
    return;
  }
  let next = reader.read();
  // A whole body in one chunk goes out with its headers, and with its length, in one packet.
  if (await settles(next)) {
    if ((await next).done) {
      to.end(first.value);
      return;
    }
  }
  await written(to, first.value);
  for (let chunk = await next; !chunk.done; chunk = await next) {
    next = reader.read();
    await written(to, chunk.value);
  }
  to.end();
}

/** The first chunk; the headers are not kept waiting for one that takes its time. */
async function soon(to: ServerResponse, first: Promise<Chunk>): Promise<Chunk> {
  if (!(await settles(first))) to.flushHeaders();
  return first;
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
