import type { AnswerBody } from "./answer-body.ts";
import type { HeaderList, HeaderView } from "./header-list.ts";

/** A request to an upstream, its body in memory. */
export interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  /** Without `host` and `content-length`, which the transport writes. */
  readonly headers: HeaderList;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Milliseconds until a connection must stand; 0 means no limit. */
  readonly connectLimit: number;
  /**
   * The IP addresses of the URL's host, found and checked by whoever sends: nobody else is connected to. Tried in this order where the
   * transport can; `fetch` takes the first, and with https it asks for the host's address itself, which the certificate holds to its name.
   */
  readonly addresses?: readonly string[];
}

/** An upstream's answer when its head is there. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: HeaderView;
  readonly body: AnswerBody;
}

/** How a request in flight is ended from outside. */
export interface Cancellation {
  /** Undefined while the request may go on. */
  readonly fault: unknown;
  /** For the runtime's `fetch`; making one costs, so it is made when asked for. */
  readonly signal: AbortSignal;
  /** Called once, when the request is to end; takes the place of the listener before. */
  onAbort: (() => void) | undefined;
}

/** No connection stood within the request's `connectLimit`. */
export class ConnectTimeout extends Error {
  constructor() {
    super("No connection within the limit.");
    this.name = "ConnectTimeout";
  }
}

/** What came is not HTTP; the message says how, and quotes nothing of it. */
export class BadAnswer extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BadAnswer";
  }
}

/** The way to the upstreams. Implementations run the suite in tests/contracts/transport.ts. */
export interface Transport {
  /**
   * Sends a request; resolves when the head of the answer is there, its body not decoded but for a `content-encoding`. Rejects with
   * {@link ConnectTimeout}, {@link BadAnswer}, the fault of the cancellation, or an Error that tells what became of the connection; whoever sent
   * ends the cancellation then.
   */
  send(request: UpstreamRequest, cancellation: Cancellation): Promise<UpstreamAnswer>;
  /** How long connections are kept for the next request from now on, in milliseconds; undefined: as usual. Left out where it cannot be said. */
  keepIdle?(limit: number | undefined): void;
  /** Keeps no connection any more; requests under way go on. Left out where the runtime keeps them. */
  close?(): void;
}
