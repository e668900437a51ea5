import { AnswerBody, type BodySource } from "../../core/answer-body.ts";
import { BadAnswer, type Cancellation, type UpstreamAnswer } from "../../core/upstream.ts";
import { type BodyFraming, framingOf } from "./body-framing.ts";
import type { Message } from "./request-message.ts";
import { parseHead, type ResponseHead } from "./response-head.ts";

/** The longest head of an answer, in bytes. */
const MAX_HEAD = 256 * 1024;

/** A connection that had served before was closed before a byte of the answer came: nobody has seen the request, most likely. */
export class StaleConnection extends Error {
  constructor() {
    super("The connection was closed while it waited for a request.");
    this.name = "StaleConnection";
  }
}

/** What a connection tells of itself. */
export interface ConnectionOwner {
  /** It can take another request. */
  idle(connection: Connection): void;
  /** It can take no other. */
  gone(connection: Connection): void;
}

/** What is used of a socket. `write` answers how many bytes were taken. */
export interface Wire {
  write(bytes: Uint8Array | string): number;
  pause(): void;
  resume(): void;
  terminate(): void;
}

interface Waiting {
  readonly method: string;
  resolve(answer: UpstreamAnswer): void;
  reject(error: unknown): void;
}

/** One HTTP/1.1 connection to an upstream, one request after the other. The socket's events come in by the methods of the same names. */
export class Connection implements BodySource {
  readonly origin: string;
  /** When it was last used, in the clock's monotonic milliseconds; kept by its owner. */
  idleSince = 0;
  readonly #wire: Wire;
  readonly #owner: ConnectionOwner;
  /** The request whose answer's head has not come. */
  #waiting: Waiting | undefined;
  #cancellation: Cancellation | undefined;
  /** The answer whose body is on its way. */
  #body: AnswerBody | undefined;
  #framing: BodyFraming | undefined;
  #keepAlive = false;
  /** Bytes of a head that is not complete. */
  #partial: Buffer | undefined;
  /** Bytes of the request the socket has not taken. */
  #unsent: Uint8Array | undefined;
  #requests = 0;
  #paused = false;
  #closed = false;
  readonly #pass = (bytes: Uint8Array): void => this.#body?.chunk(bytes);

  constructor(wire: Wire, origin: string, owner: ConnectionOwner) {
    this.#wire = wire;
    this.origin = origin;
    this.#owner = owner;
  }

  /** Sends a request; one at a time. */
  request(message: Message, cancellation: Cancellation): Promise<UpstreamAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.#requests++;
    this.#waiting = { method: message.method, resolve, reject };
    this.#cancellation = cancellation;
    cancellation.onAbort = () => this.#abort(cancellation.fault);
    if ("text" in message) this.#writeText(message.text, message.length);
    else for (const piece of message.pieces) this.#write(piece);
    return promise;
  }

  data(bytes: Buffer): void {
    try {
      if (this.#framing !== undefined) this.#readBody(this.#framing, bytes);
      else if (this.#waiting !== undefined) this.#readHead(bytes);
      else throw new BadAnswer("The upstream sent something that nobody had asked for.");
    } catch (error) {
      this.#fail(error);
    }
  }

  drain(): void {
    const rest = this.#unsent;
    this.#unsent = undefined;
    if (rest !== undefined) this.#write(rest);
  }

  /** The peer will send no more. Bun closes the connection by itself then. */
  end(): void {
    if (this.#waiting === undefined && this.#body === undefined) this.close();
  }

  /** The connection is closed; `error` when it broke. */
  closed(error: unknown): void {
    if (this.#closed) return;
    if (this.#framing?.endsWithConnection === true && error === undefined) return this.#complete(false);
    this.#fail(error ?? new Error("The connection was closed before the answer was complete."));
  }

  pause(): void {
    if (this.#closed || this.#paused) return;
    this.#paused = true;
    this.#wire.pause();
  }

  resume(): void {
    if (this.#closed || !this.#paused) return;
    this.#paused = false;
    this.#wire.resume();
  }

  cancel(): void {
    this.#body = undefined;
    this.close();
  }

  /** Ends the connection at once, whatever is under way. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo();
    this.#owner.gone(this);
    this.#wire.terminate();
  }

  #writeText(text: string, length: number): void {
    const written = Math.max(0, this.#wire.write(text));
    if (written < length) this.#unsent = Buffer.from(text).subarray(written);
  }

  #write(bytes: Uint8Array): void {
    if (this.#unsent !== undefined) {
      this.#unsent = Buffer.concat([this.#unsent, bytes]);
      return;
    }
    const written = Math.max(0, this.#wire.write(bytes));
    if (written < bytes.length) this.#unsent = bytes.subarray(written);
  }

  #readHead(bytes: Buffer): void {
    const all = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
    const end = all.indexOf("\r\n\r\n");
    if (end > MAX_HEAD || (end < 0 && all.length > MAX_HEAD)) throw new BadAnswer("The answer's head has no end.");
    this.#partial = end < 0 ? all : undefined;
    if (end < 0) return;
    const head = parseHead(all.toString("latin1", 0, end));
    const rest = all.subarray(end + 4);
    // An informational answer comes before the answer.
    if (head.status < 200) this.#skip(head, rest);
    else this.#begin(head, rest);
  }

  #skip({ status }: ResponseHead, rest: Buffer): void {
    if (status === 101) throw new BadAnswer("The upstream switched protocols without being asked to.");
    if (rest.length > 0) this.#readHead(rest);
  }

  #begin({ status, headers, keepAlive }: ResponseHead, rest: Uint8Array): void {
    const waiting = this.#waiting!;
    const framing = framingOf(waiting.method, status, headers);
    const body = new AnswerBody(this);
    this.#waiting = undefined;
    this.#keepAlive = keepAlive;
    this.#framing = framing;
    this.#body = body;
    // Before the promise is: a short answer is complete then when somebody looks at it.
    this.#readBody(framing, rest);
    waiting.resolve({ status, headers, body });
  }

  #readBody(framing: BodyFraming, bytes: Uint8Array): void {
    const end = framing.push(bytes, this.#pass);
    // Whoever got the bytes may have closed the connection over them.
    if (end >= 0 && !this.#closed) this.#complete(end === bytes.length);
  }

  /** The answer is whole. `clean`: nothing came behind it. */
  #complete(clean: boolean): void {
    const body = this.#body;
    this.#letGo();
    // The end may have been among the bytes that came before the pause took hold.
    this.resume();
    if (clean && this.#keepAlive && this.#unsent === undefined) this.#owner.idle(this);
    else this.close();
    body?.end();
  }

  #abort(fault: unknown): void {
    const { waiting, body } = this.#current();
    this.close();
    waiting?.reject(fault);
    body?.fail(fault);
  }

  #fail(error: unknown): void {
    const { waiting, body } = this.#current();
    const unseen = this.#requests > 1 && this.#partial === undefined && !(error instanceof BadAnswer);
    this.close();
    waiting?.reject(unseen ? new StaleConnection() : error);
    body?.fail(error);
  }

  #current(): { waiting: Waiting | undefined; body: AnswerBody | undefined } {
    return { waiting: this.#waiting, body: this.#body };
  }

  #letGo(): void {
    if (this.#cancellation !== undefined) this.#cancellation.onAbort = undefined;
    this.#cancellation = undefined;
    this.#waiting = undefined;
    this.#body = undefined;
    this.#framing = undefined;
    this.#partial = undefined;
  }
}
