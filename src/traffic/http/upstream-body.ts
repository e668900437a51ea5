import type { Exchange } from "#src/core/exchange.ts";
import { Fault } from "#src/core/fault.ts";
import { joined } from "#src/core/collect-bytes.ts";
import type { RequestScope } from "./request-scope.ts";

/** As much of a request's body is kept, so that it can be sent again. */
const REPLAY_LIMIT = 65_536;

/** A request's body on its way to an upstream. */
export interface UpstreamBody {
  /** From the beginning. May be called again while `replayable`. */
  open(): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null;
  readonly replayable: boolean;
  /** All of it, once it has come; undefined when it is longer than may be kept, or nobody reads it on. */
  whole(): Promise<Uint8Array<ArrayBuffer> | null | undefined>;
  /** The client's side of it broke off, so that no upstream can be blamed. */
  readonly broken?: boolean;
  /** `content-length` to be sent beside a stream; fetch knows the length of everything else. */
  readonly length?: string;
}

const NO_BODY: UpstreamBody = { open: () => null, replayable: true, whole: () => Promise.resolve(null) };

/**
 * Short bodies of known length are read first, others stream through and can be sent again until more than {@link REPLAY_LIMIT} bytes of
 * them have passed. Fetch gives GET and HEAD no body, so such a request is refused when it has one.
 */
export async function upstreamBody(exchange: Exchange, scope: RequestScope): Promise<UpstreamBody> {
  const { request } = exchange;
  const length = request.headers.get("content-length");
  if (exchange.body.used) return bytesBody(await exchange.body.bytes(Infinity));
  if (request.method === "GET" || request.method === "HEAD") {
    if (Number(length ?? 0) === 0 && !request.headers.has("transfer-encoding")) return NO_BODY;
    throw new Fault("invalid_request", `A ${request.method} request with a body cannot be passed on.`);
  }
  if (length === "0") return NO_BODY;
  if (length !== null && Number(length) <= REPLAY_LIMIT) {
    return bytesBody(await scope.unlessEnded(exchange.body.bytes(REPLAY_LIMIT)));
  }
  if (request.body === null) return NO_BODY;
  return new ReplayableStream(request.body, length ?? undefined);
}

function bytesBody(bytes: Uint8Array<ArrayBuffer>): UpstreamBody {
  return { open: () => bytes, replayable: true, whole: () => Promise.resolve(bytes) };
}

/** What is used of a reader: the types of Bun and of the standard library disagree on the rest. */
interface Reader {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** Reads a stream once and lets it be read again from its beginning, as long as that is short. Only the last one opened is read. */
class ReplayableStream implements UpstreamBody {
  declare readonly length?: string;
  broken = false;
  readonly #reader: Reader;
  /** Chunks by their number; empty once more has passed than may be kept. */
  readonly #kept = new Map<number, Uint8Array>();
  #size = 0;
  #count = 0;
  #done = false;
  /** Settled when the last byte was read, or it is known that it cannot be kept. */
  readonly #end = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>();
  /** Shared, so that a chunk asked for by a try that failed meanwhile reaches the next one. */
  #reading: Promise<void> | undefined;

  constructor(source: ReadableStream<Uint8Array>, length: string | undefined) {
    this.#reader = source.getReader();
    if (length !== undefined) this.length = length;
  }

  get replayable(): boolean {
    return this.#size <= REPLAY_LIMIT && !this.broken;
  }

  open(): ReadableStream<Uint8Array> {
    let index = 0;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = await this.#chunk(index++);
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: async (reason) => {
          // A try that failed gives up its copy; the source is still wanted if there may be another try.
          if (this.replayable) return;
          this.#end.resolve(undefined);
          await this.#reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  whole(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#end.promise;
  }

  async #chunk(index: number): Promise<Uint8Array | undefined> {
    while (index >= this.#count && !this.#done) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    const chunk = this.#kept.get(index);
    if (!this.replayable) {
      this.#kept.clear();
      this.#end.resolve(undefined);
    }
    return chunk;
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#reader.read().catch((error: unknown) => {
      this.broken = true;
      this.#end.resolve(undefined);
      throw error;
    });
    if (done || value === undefined) {
      this.#done = true;
      this.#end.resolve(this.replayable ? joined([...this.#kept.values()]) : undefined);
    } else {
      this.#kept.set(this.#count++, value);
      this.#size += value.byteLength;
    }
  }
}
