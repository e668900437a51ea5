import type { JsonBody, RequestBody, StreamedBody } from "../core/exchange.ts";
import { Fault } from "../core/fault.ts";
import { collectBytes } from "../core/collect-bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body of `request`, read when first asked for and kept for whoever asks again. */
export class BufferedBody implements RequestBody {
  readonly #request: Request;
  /** Its length as its headers have it; 0 when they have none. */
  readonly #declared: number;
  json: JsonBody | undefined;
  streamed: StreamedBody | undefined;
  #bytes: Promise<Bytes> | undefined;
  #used = false;
  #replaced = false;

  constructor(request: Request, declared: number) {
    this.#request = request;
    this.#declared = declared;
  }

  get used(): boolean {
    return this.#used || this.streamed !== undefined;
  }

  release(): void {
    this.#bytes = undefined;
    this.json = undefined;
    this.streamed = undefined;
  }

  /** Takes the body's place for whoever asks from now on. */
  replace(bytes: Bytes): void {
    this.#used = true;
    this.#replaced = true;
    this.#bytes = Promise.resolve(bytes);
    this.json = undefined;
    this.streamed = undefined;
  }

  bytes(limit: number): Promise<Bytes> {
    if (this.#replaced && this.#bytes !== undefined) return this.#bytes.then((bytes) => within(bytes, limit));
    const declared = this.#declared;
    if (declared > limit) return Promise.reject(tooLarge(limit));
    if (this.#used && this.#bytes === undefined) return Promise.reject(new Error("The body was released."));
    this.#used = true;
    // A declared length within the limit is enforced by the HTTP parser, so the fast path cannot be cheated.
    if (declared > 0 && this.streamed === undefined) return (this.#bytes ??= whole(this.#request));
    this.#bytes ??= collected(this.streamed?.stream() ?? this.#request.body, limit);
    return this.#bytes.then((bytes) => within(bytes, limit));
  }
}

/** A body as text; a Fault `invalid_request` when it is not UTF-8. */
export function decodeText(bytes: Bytes): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Fault("invalid_request", "The request body is not valid UTF-8.", { cause });
  }
}

/** Whoever asked first may have allowed more. */
function within(bytes: Bytes, limit: number): Bytes {
  if (bytes.byteLength > limit) throw tooLarge(limit);
  return bytes;
}

/** The fault of a body over the limit. */
export function tooLarge(limit: number): Fault {
  return new Fault("payload_too_large", `The request body is larger than the ${limit} bytes this route accepts.`);
}

function cut(cause: unknown): Fault {
  return new Fault("client_closed", "The request body ended early.", { cause });
}

function whole(request: Request): Promise<Bytes> {
  return request.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    (cause: unknown) => {
      throw cut(cause);
    },
  );
}

async function collected(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Bytes> {
  if (body === null) return new Uint8Array();
  try {
    return await collectBytes(body, { limit, over: () => tooLarge(limit) });
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : cut(thrown);
  }
}
