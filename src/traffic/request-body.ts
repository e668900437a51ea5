import type { RequestBody } from "../core/exchange.ts";
import { Fault } from "../core/fault.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body of `request`, read when first asked for and kept for whoever asks again. */
export class BufferedBody implements RequestBody {
  readonly #request: Request;
  #bytes: Promise<Bytes> | undefined;
  #used = false;

  constructor(request: Request) {
    this.#request = request;
  }

  get used(): boolean {
    return this.#used;
  }

  release(): void {
    this.#bytes = undefined;
  }

  async bytes(limit: number): Promise<Bytes> {
    const declared = Number(this.#request.headers.get("content-length") ?? 0);
    if (declared > limit) throw tooLarge(limit);
    if (this.#used && this.#bytes === undefined) throw new Error("The body was released.");
    this.#used = true;
    // A declared length within the limit is enforced by the HTTP parser, so the fast path cannot be cheated.
    this.#bytes ??= declared > 0 ? whole(this.#request) : collected(this.#request, limit);
    const bytes = await this.#bytes;
    // Whoever asked first may have allowed more.
    if (bytes.byteLength > limit) throw tooLarge(limit);
    return bytes;
  }

  async text(limit: number): Promise<string> {
    const bytes = await this.bytes(limit);
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new Fault("invalid_request", "The request body is not valid UTF-8.", { cause });
    }
  }
}

function tooLarge(limit: number): Fault {
  return new Fault("payload_too_large", `The request body is larger than the ${limit} bytes this route accepts.`);
}

function cut(cause: unknown): Fault {
  return new Fault("client_closed", "The request body ended early.", { cause });
}

async function whole(request: Request): Promise<Bytes> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    throw cut(cause);
  }
}

async function collected(request: Request, limit: number): Promise<Bytes> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw cut(error);
    });
    if (done) return joined(chunks, size);
    size += value.byteLength;
    if (size > limit) {
      // The client may be in the middle of sending: nobody waits for what it still has.
      reader.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

/** The chunks as one array of `size` bytes. */
export function joined(chunks: readonly Uint8Array[], size: number): Bytes {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}
