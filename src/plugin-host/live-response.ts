import { collectBytes } from "../core/collect-bytes.ts";
import { Fault } from "../core/fault.ts";
import type { Bytes, CallHeaders, CallResponse } from "../core/plugin.ts";

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** Encodings that every host can undo. */
const INFLATES: Readonly<Record<string, "gzip" | "deflate">> = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" };

/** An answer on its way through the plugins. Left alone, it stays the object that it was. */
export class LiveResponse implements CallResponse {
  status: number;
  #response: Response;
  /** What has taken the body's place. */
  #body: { readonly stream: ReadableStream<Uint8Array> } | { readonly bytes: Bytes } | undefined;

  constructor(response: Response) {
    this.#response = response;
    this.status = response.status;
  }

  get headers(): CallHeaders {
    return this.#response.headers;
  }

  /** Another answer takes its place. */
  replace(response: Response): void {
    this.discard();
    this.#response = response;
    this.#body = undefined;
    this.status = response.status;
  }

  /** Nobody will read its body: whoever sends it is told. */
  discard(): void {
    const unread = this.#body !== undefined && "stream" in this.#body ? this.#body.stream : this.#response.body;
    unread?.cancel().catch(() => {});
  }

  get hasBody(): boolean {
    if (this.#body !== undefined) return true;
    return !BODILESS.has(this.status) && this.#response.body !== null;
  }

  /** All of the body. Rejects with a Fault when there is more than `limit` bytes. */
  async bytes(limit: number): Promise<Bytes> {
    if (this.#body !== undefined && "bytes" in this.#body) return this.#body.bytes;
    const over = (): Fault =>
      new Fault("upstream_garbage", `The answer is larger than the ${limit} bytes that this route's plugins read.`);
    const bytes = await collectBytes(this.stream, { limit, over });
    this.setBytes(bytes);
    return bytes;
  }

  setBytes(bytes: Bytes): void {
    this.#body = { bytes };
    this.headers.delete("content-length");
  }

  /** The body as it comes, taken out of its encoding. */
  get stream(): ReadableStream<Uint8Array> {
    if (this.#body === undefined) return inflated(this.#response);
    return "stream" in this.#body ? this.#body.stream : (new Response(this.#body.bytes).body ?? new ReadableStream());
  }

  setStream(stream: ReadableStream<Uint8Array>): void {
    this.#body = { stream };
    this.headers.delete("content-length");
  }

  toResponse(): Response {
    const body = this.#body;
    if (body === undefined && this.status === this.#response.status) return this.#response;
    const given = body === undefined ? this.#response.body : "bytes" in body ? body.bytes : body.stream;
    return new Response(BODILESS.has(this.status) ? null : given, {
      status: this.status,
      headers: this.#response.headers,
    });
  }
}

/** Plugins read text, not what a server has made of it for the way. */
function inflated({ body, headers }: Response): ReadableStream<Uint8Array> {
  if (body === null) return new ReadableStream({ start: (controller) => controller.close() });
  const format = INFLATES[headers.get("content-encoding")?.toLowerCase() ?? ""];
  if (format === undefined) return body;
  headers.delete("content-encoding");
  return body.pipeThrough(new DecompressionStream(format) as TransformStream<Uint8Array, Uint8Array>);
}
