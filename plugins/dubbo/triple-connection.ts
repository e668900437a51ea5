import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { Clock } from "#src/core/clock.ts";
import { joined } from "./bytes.ts";
import { type Connection, type DubboCall, DubboError, type DubboResult, LONGEST_ANSWER } from "./call.ts";
import { connected } from "./connected.ts";
import { Heartbeat } from "./heartbeat.ts";
import { tripleHeaders, tripleMessage, tripleResult } from "./triple-call.ts";

/**
 * What providers may send unasked, over all calls: Dubbo's close the session when an answer does not fit the window of its call or this one.
 * It says nothing of what is kept: what comes is read at once, and so much of each call is kept as is read of it.
 */
const WINDOW = 2 ** 30;

/** Connects to a provider that speaks Triple, without TLS. Rejects with a {@link DubboError}. */
export async function connectTriple(address: string, clock: Clock): Promise<Connection> {
  const { connect } = await import("node:http2");
  const session = connect(`http://${address}`, { settings: { enablePush: false, initialWindowSize: LONGEST_ANSWER } });
  await connected(session, address, clock);
  session.setLocalWindowSize(WINDOW);
  return new TripleConnection(session, clock);
}

/** Calls are streams of one session. */
class TripleConnection implements Connection {
  readonly #session: ClientHttp2Session;
  readonly #heart: Heartbeat;
  #busy = 0;
  #ended = false;

  constructor(session: ClientHttp2Session, clock: Clock) {
    this.#session = session;
    this.#heart = new Heartbeat(clock, {
      busy: () => this.#busy > 0,
      ask: () => void session.ping(() => this.#heart.heard()),
      end: () => this.close(),
    });
    session.on("goaway", () => (this.#ended = true));
    session.on("error", () => this.#end());
    session.on("close", () => this.#end());
  }

  get ended(): boolean {
    return this.#ended;
  }

  async call(call: DubboCall, signal: AbortSignal): Promise<DubboResult> {
    const stream = this.#request(call);
    this.#busy += 1;
    try {
      return await answered(stream, tripleMessage(call), signal);
    } finally {
      this.#busy -= 1;
      if (this.#ended && this.#busy === 0) this.close();
    }
  }

  #request(call: DubboCall): ClientHttp2Stream {
    if (this.#ended) throw new DubboError("unreachable", "the session has ended");
    try {
      return this.#session.request(tripleHeaders(call));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // Otherwise it is a header that HTTP/2 cannot carry.
      if (!this.#session.destroyed && !this.#session.closed) throw new DubboError("refused", why);
      this.close();
      throw new DubboError("unreachable", why);
    }
  }

  close(): void {
    this.#end();
    this.#session.destroy();
  }

  #end(): void {
    this.#ended = true;
    this.#heart.stop();
  }
}

function answered(stream: ClientHttp2Stream, message: Uint8Array, signal: AbortSignal): Promise<DubboResult> {
  const { promise, resolve, reject } = Promise.withResolvers<DubboResult>();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let headers: IncomingHttpHeaders = {};
  const fail = (error: unknown): void => {
    reject(error);
    stream.close();
  };
  const leave = (): void => fail(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  stream.on("response", (received) => {
    headers = received;
    // Not before: Deno would give it before the headers.
    stream.on("data", (piece: Uint8Array) => {
      length += piece.length;
      pieces.push(piece);
      if (length > LONGEST_ANSWER) fail(new DubboError("too_large", "the answer is too long"));
    });
  });
  stream.on("trailers", (received) => (headers = { ...headers, ...received }));
  stream.on("error", (error: Error) => fail(new DubboError("broken", error.message)));
  stream.on("close", () => {
    try {
      resolve(tripleResult(headers, joined(pieces)));
    } catch (error) {
      reject(error);
    }
  });
  stream.end(message);
  return promise.finally(() => signal.removeEventListener("abort", leave));
}
