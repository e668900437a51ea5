import type { ClientStream, OpenClientStream, StreamProducer } from "#src/core/client-stream.ts";
import type { Clock } from "#src/core/clock.ts";
import { formatSse } from "#src/core/sse.ts";

/** What a streamed answer needs. */
export interface SseAnswerOptions {
  readonly openStream: OpenClientStream;
  readonly clock: Clock;
  /** Milliseconds of silence after which a comment is sent, so that nothing on the way takes the connection for dead. */
  readonly keepAlive: number;
  /** The stream is over: the client left, or all was sent. Called once. */
  over(left: boolean): void;
}

/** What may wait for a slow client before it is given up, in characters. */
const MAX_WAITING = 8 * 2 ** 20;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;

const KEEP_ALIVE = formatSse({ comment: "" });

const utf8 = new TextEncoder();

/** An answer of server-sent events. What is written before the client reads, or while it is slow, waits. */
export class SseAnswer implements StreamProducer {
  readonly #options: SseAnswerOptions;
  readonly #body: ReadableStream<Uint8Array>;
  #client: ClientStream | undefined;
  #waiting: string[] = [];
  #waitingLength = 0;
  #slow = false;
  #closing = false;
  #over = false;
  #cancelKeepAlive: () => void = () => {};
  /** Called when what was written is taken and more may come. */
  onDrained: (() => void) | undefined;

  constructor(options: SseAnswerOptions) {
    this.#options = options;
    this.#body = options.openStream(this);
    this.#rest();
  }

  response(headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(this.#body, { headers: { ...HEADERS, ...headers } });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Sends an event; false when the client is slow: more should come after `onDrained`. */
  event(data: string, id?: string, event?: string): boolean {
    const frame = formatSse(event === undefined ? { data } : { event, data });
    return this.#write(id === undefined ? frame : `id: ${id}\n${frame}`);
  }

  /** Sends lines as they are, such as `retry: 500`. */
  lines(text: string): boolean {
    return this.#write(text);
  }

  /** Ends the stream when all that was written is sent. */
  close(): void {
    this.#closing = true;
    if (this.#client !== undefined && this.#waiting.length === 0) this.#end();
  }

  begin(client: ClientStream): void {
    this.#client = client;
    // The head goes out with the first byte: a client must not wait for it until something happens.
    if (this.#waiting.length === 0 && !this.#closing) this.#send(KEEP_ALIVE);
    this.drained();
  }

  drained(): void {
    this.#slow = false;
    this.#flush();
    if (!this.#slow && !this.#over) this.onDrained?.();
  }

  left(): void {
    this.#finish(true);
  }

  #write(text: string): boolean {
    if (this.#over || this.#closing) return true;
    if (this.#client !== undefined && !this.#slow && this.#waiting.length === 0) return this.#send(text);
    this.#waiting.push(text);
    this.#waitingLength += text.length;
    if (this.#waitingLength > MAX_WAITING) this.#giveUp();
    return false;
  }

  #send(text: string): boolean {
    this.#slow = this.#client?.write(utf8.encode(text)) === false;
    this.#rest();
    return !this.#slow;
  }

  #flush(): void {
    while (!this.#slow && !this.#over) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#waitingLength -= next.length;
      this.#send(next);
    }
    if (this.#closing && this.#waiting.length === 0) this.#end();
  }

  /** A client that takes nothing while this much waits will not catch up. */
  #giveUp(): void {
    this.#client?.close();
    this.#finish(true);
  }

  #end(): void {
    if (this.#over) return;
    this.#client?.close();
    this.#finish(false);
  }

  #finish(left: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = [];
    this.#cancelKeepAlive();
    this.#options.over(left);
  }

  /** The silence begins anew. */
  #rest(): void {
    this.#cancelKeepAlive();
    const { clock, keepAlive } = this.#options;
    if (this.#over || keepAlive === 0) return;
    this.#cancelKeepAlive = clock.after(keepAlive, () => {
      if (this.#slow || this.#client === undefined) this.#rest();
      else this.#send(KEEP_ALIVE);
    });
  }
}
