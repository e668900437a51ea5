import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { StreamProducer } from "../core/client-stream.ts";

/** How many turns of the microtask queue a body that is already in memory may take to say so. */
const TURNS = 8;

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Chunk = Awaited<ReturnType<Reader["read"]>>;

/** Finds who fills a body, where that is known: it can be asked to write straight to the connection. */
export type ProducerOf = (body: ReadableStream) => StreamProducer | undefined;

/** The node side of an answer: HTTP/1.1's response, or an HTTP/2 stream. */
export interface AnswerTarget {
  readonly out: Writable;
  /** The answer to HEAD has no body. */
  readonly headOnly: boolean;
  /** Writes the head; `length` is the body's where it is known. `last`: no body follows. */
  head(response: Response, length: number | undefined, last: boolean): void;
  /** Sends a head on its way that no body follows yet. */
  flushHead(): void;
  /** Ends the answer so that it cannot be taken for a whole one. */
  cut(): void;
}

/** The answer to a `node:http` request. */
export function http1Target(to: ServerResponse): AnswerTarget {
  return {
    out: to,
    headOnly: to.req.method === "HEAD",
    head({ status, statusText, headers }, length) {
      const list: string[] = [];
      for (const [name, value] of headers) list.push(name, value);
      if (length !== undefined && !headers.has("content-length")) list.push("content-length", String(length));
      to.writeHead(status, statusText === "" ? undefined : statusText, list);
    },
    flushHead: () => to.flushHeaders(),
    cut: () => to.destroy(),
  };
}

/**
 * Writes a standard Response, no faster than the client takes it; resolves when it is written or the client is gone.
 * A body that fails cuts the connection: an unfinished answer must never look complete.
 */
export async function writeResponse(response: Response, to: AnswerTarget, producerOf?: ProducerOf): Promise<void> {
  const { out } = to;
  if (out.destroyed) {
    await response.body?.cancel();
    return;
  }
  if (response.body === null || to.headOnly) {
    to.head(response, undefined, true);
    await response.body?.cancel();
    out.end();
    return;
  }
  const producer = producerOf?.(response.body);
  if (producer !== undefined) {
    to.head(response, undefined, false);
    to.flushHead();
    return produce(producer, out);
  }
  const reader = response.body.getReader() as Reader;
  const leave = (): void => void reader.cancel().catch(() => undefined);
  out.once("close", leave);
  try {
    await writeBody(reader, response, to);
  } catch {
    to.cut();
  } finally {
    out.off("close", leave);
  }
}

/** Lets a producer write to the client; resolves when it has ended or the client is gone. */
function produce(producer: StreamProducer, out: Writable): Promise<void> {
  return new Promise((resolve) => {
    let over = false;
    out.on("drain", () => {
      if (!over) producer.drained();
    });
    out.once("close", () => {
      if (!over) producer.left();
      over = true;
      resolve();
    });
    producer.begin({
      write: (bytes) => over || out.destroyed || out.write(bytes),
      close() {
        if (over) return;
        over = true;
        out.end();
        resolve();
      },
    });
  });
}

/** A whole body in one chunk goes out with its head and its length; the head is not kept waiting for a chunk that takes its time. */
async function writeBody(reader: Reader, response: Response, to: AnswerTarget): Promise<void> {
  const { out } = to;
  let next = reader.read();
  if (await settles(next)) {
    const first = await next;
    next = first.done ? Promise.resolve(first) : reader.read();
    if ((await settles(next)) && (await next).done) {
      const length = first.value?.length ?? 0;
      to.head(response, length, length === 0);
      out.end(first.value);
      return;
    }
    to.head(response, undefined, false);
    if (!first.done) await written(out, first.value);
  } else {
    to.head(response, undefined, false);
    to.flushHead();
  }
  for (let chunk = await next; !chunk.done; chunk = await next) {
    next = reader.read();
    await written(out, chunk.value);
  }
  out.end();
}

async function settles(promise: Promise<Chunk>): Promise<boolean> {
  const state = { settled: false };
  const mark = (): void => void (state.settled = true);
  promise.then(mark, mark);
  for (let turn = 0; turn < TURNS && !state.settled; turn++) await Promise.resolve();
  return state.settled;
}

/** Resolves when the client has room for more, or is gone. */
function written(to: Writable, chunk: Uint8Array): Promise<void> | undefined {
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
