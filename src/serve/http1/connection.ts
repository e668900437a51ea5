import { AnswerBody, type BodySource } from "../../core/answer-body.ts";
import { BadAnswer, type Cancellation, type UpstreamAnswer } from "../../core/upstream.ts";
import { type BodyFraming, framingOf } from "./body-framing.ts";
import type { Outbox, Sender } from "./outbox.ts";
import type { Message } from "./request-message.ts";
import { parseHead, type ResponseHead } from "./response-head.ts";

/** The longest head of an answer, in bytes. */
const MAX_HEAD = 64 * 1024;

/** Bytes of an answer that is small. */
const SMALL = 4096;

/** What every answer begins with, and what ends its head. */
const BEGINNING = "HTTP/1.";
const BLANK_LINE = "\r\n\r\n";

/** A connection that had served before was closed before a byte of the answer came. */
export class StaleConnection extends Error {
  constructor() {
    super("The connection was closed before a byte of the answer came.");
    this.name = "StaleConnection";
  }
}

/** What a connection tells of itself. */
export interface ConnectionOwner {
  /** By which requests go out. */
  readonly outbox: Pick<Outbox, "add">;
  /** It can take another request, within `allowed` milliseconds if the upstream has said so. */
  idle(connection: Connection, allowed: number | undefined): void;
  /** It can take no other. */
  gone(connection: Connection): void;
}

/** What is used of a socket. `write` answers how many bytes were taken. */
export interface Wire {
  write(bytes: Uint8Array | string): number;
  pause(): void;
  resume(): void;
  terminate(): void;
  /** Whether an open socket keeps the process alive. */
  ref(): void;
  unref(): void;
}

interface Waiting {
  readonly method: string;
  resolve(answer: UpstreamAnswer): void;
  reject(error: unknown): void;
}

/** One HTTP/1.1 connection to an upstream, one request after the other. The socket's events come in by the methods of the same names. */
export class Connection implements BodySource, Sender {
  readonly origin: string;
  /** Until when it may wait for a request, in the clock's monotonic milliseconds; kept by its owner. */
  keptUntil = 0;
  readonly #wire: Wire;
  readonly #owner: ConnectionOwner;
  /** The request that is to go out at the end of the turn. */
  #message: Message | undefined;
  /** The request whose answer's head has not come. */
  #waiting: Waiting | undefined;
  #cancellation: Cancellation | undefined;
  /** The answer whose body is on its way. */
  #body: AnswerBody | undefined;
  #framing: BodyFraming | undefined;
  #head: ResponseHead | undefined;
  /** Bytes of a head that is not complete. */
  #partial: Buffer | undefined;
  /** Bytes of the request the socket has not taken. */
  #unsent: Uint8Array | undefined;
  #requests = 0;
  /** A byte came since the request was sent, so somebody has seen it. */
  #heard = false;
  #paused = false;
  #closed = false;
  readonly #pass = (bytes: Uint8Array): void => this.#body?.chunk(bytes);
  readonly #aborted = (): void => this.#fail(this.#cancellation?.fault, false);

  constructor(wire: Wire, origin: string, owner: ConnectionOwner) {
    this.#wire = wire;
    this.origin = origin;
    this.#owner = owner;
  }

  /** Sends a request; one at a time. */
  request(message: Message, cancellation: Cancellation): Promise<UpstreamAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    if (this.#requests++ > 0) this.#wire.ref();
    this.#heard = false;
    this.#waiting = { method: message.method, resolve, reject };
    this.#cancellation = cancellation;
    cancellation.onAbort = this.#aborted;
    this.#message = message;
    this.#owner.outbox.add(this);
    return promise;
  }

  /** Writes the request, unless it was given up in the meantime. */
  sendNow(): void {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined || this.#closed) return;
    if ("text" in message) this.#writeText(message.text, message.length);
    else for (const piece of message.pieces) this.#write(piece);
  }

  data(bytes: Buffer): void {
    try {
      if (this.#framing !== undefined) this.#readBody(this.#framing, bytes);
      else if (this.#waiting !== undefined) this.#readHead(bytes);
      else throw new BadAnswer("The upstream sent something that nobody had asked for.");
    } catch (error) {
      this.#fail(error, false);
    }
  }

  drain(): void {
    const rest = this.#unsent;
    this.#unsent = undefined;
    if (rest !== undefined) this.#write(rest);
  }

  /** The peer will send no more. The socket is closed by Bun then, whatever is under way. */
  end(): void {
    if (this.#waiting === undefined && this.#body === undefined) this.close();
  }

  /** The socket is closed; `error` when it broke. */
  closed(error: unknown): void {
    if (this.#closed) return;
    if (this.#framing?.endsWithConnection === true && error === undefined) return this.#complete(false);
    this.#fail(error ?? new Error("The connection was closed before the answer was complete."), true);
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
    this.#heard = true;
    if (this.#partial === undefined && bytes.length <= SMALL && this.#readSmall(bytes)) return;
    const known = this.#partial?.length ?? 0;
    let all = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
    // A blank line may have begun among the bytes before.
    let end = all.indexOf(BLANK_LINE, Math.max(0, known - 3));
    while (end >= 0) {
      if (end > MAX_HEAD) throw endless();
      const head = parseHead(all.toString("latin1", 0, end));
      all = all.subarray(end + BLANK_LINE.length);
      if (head.status >= 200) return this.#begin(head, all);
      // An informational answer comes before the answer.
      if (head.status === 101) throw new BadAnswer("The upstream switched protocols without being asked to.");
      end = all.indexOf(BLANK_LINE);
    }
    if (all.length > MAX_HEAD) throw endless();
    // Who speaks another protocol may wait for more before it says so.
    if (!BEGINNING.startsWith(all.toString("latin1", 0, BEGINNING.length)))
      throw new BadAnswer("The answer is not HTTP/1.");
    this.#partial = all;
  }

  /** A small answer that came in one piece: one text is cheaper than a search among bytes and a text. False for every other. */
  #readSmall(bytes: Buffer): boolean {
    const text = bytes.toString("latin1");
    const end = text.indexOf(BLANK_LINE);
    // An informational answer may come before the answer.
    if (end < 0 || text.startsWith("1", BEGINNING.length + 2)) return false;
    this.#begin(parseHead(text.slice(0, end)), copied(bytes, end + BLANK_LINE.length));
    return true;
  }

  #begin(head: ResponseHead, rest: Uint8Array): void {
    const { status, headers } = head;
    const waiting = this.#waiting!;
    const framing = framingOf(waiting.method, status, headers);
    const body = new AnswerBody(this);
    this.#waiting = undefined;
    this.#partial = undefined;
    this.#head = head;
    this.#framing = framing;
    this.#body = body;
    waiting.resolve({ status, headers, body });
    // Whoever waits goes on after this: a short answer is complete by then.
    this.#readBody(framing, rest);
  }

  #readBody(framing: BodyFraming, bytes: Uint8Array): void {
    const end = framing.push(bytes, this.#pass);
    // Whoever got the bytes may have closed the connection over them.
    if (end >= 0 && !this.#closed) this.#complete(end === bytes.length);
  }

  /** The answer is whole. `clean`: nothing came behind it. */
  #complete(clean: boolean): void {
    const body = this.#body;
    const head = this.#head;
    this.#letGo();
    if (clean && head?.keepAlive === true && this.#unsent === undefined) {
      // The end may have been among the bytes that came before the pause took hold.
      this.resume();
      this.#wire.unref();
      this.#owner.idle(this, head.keptFor);
    } else this.close();
    body?.end();
  }

  /** `unanswered`: the peer may have closed the connection before it saw the request. */
  #fail(error: unknown, unanswered: boolean): void {
    const waiting = this.#waiting;
    const body = this.#body;
    const stale = unanswered && this.#requests > 1 && !this.#heard;
    this.close();
    waiting?.reject(stale ? new StaleConnection() : error);
    body?.fail(error);
  }

  #letGo(): void {
    // Whoever reads the body may have put a listener of its own there.
    if (this.#cancellation?.onAbort === this.#aborted) this.#cancellation.onAbort = undefined;
    this.#cancellation = undefined;
    this.#waiting = undefined;
    this.#body = undefined;
    this.#framing = undefined;
    this.#head = undefined;
    this.#partial = undefined;
  }
}

/** The rest of a few bytes. A view of them would make their memory one that only the collector frees, which costs pages again and again. */
function copied(bytes: Uint8Array, from: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, from);
}

function endless(): BadAnswer {
  return new BadAnswer("The answer's head has no end.");
}
