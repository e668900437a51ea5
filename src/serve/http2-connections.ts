import {
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
} from "node:http2";
import type { Connection } from "../core/exchange.ts";
import type { ConnectionLimits } from "../core/host.ts";
import { connectionOf, type ListenerFacts } from "./http1-exchanges.ts";
import type { Http2Exchanges } from "./http2-exchanges.ts";

/** Sessions that have had nothing to do for so long are closed, in milliseconds. */
const SESSION_IDLE = 600_000;

/** How sessions are opened: streams of one at a time, and what a client may send of a body before it is read, in bytes. */
export function sessionSettings({ http2 = {} }: ConnectionLimits = {}): Settings {
  const { maxConcurrentStreams = 1000, initialStreamWindowSize = 1024 * 1024 } = http2;
  return { maxConcurrentStreams, initialWindowSize: initialStreamWindowSize, enableConnectProtocol: true };
}

interface Session {
  readonly connection: Connection;
  /** How many streams are open. */
  streams: number;
}

/** The HTTP/2 sessions of a listener. */
export class Http2Connections {
  readonly #exchanges: Http2Exchanges;
  readonly #known: ListenerFacts;
  readonly #limits: ConnectionLimits;
  readonly #sessions = new Map<Http2Session, Session>();

  constructor(exchanges: Http2Exchanges, known: ListenerFacts, limits: ConnectionLimits = {}) {
    this.#exchanges = exchanges;
    this.#known = known;
    this.#limits = limits;
  }

  opened(session: Http2Session): void {
    const state: Session = { connection: connectionOf(session.socket, this.#known), streams: 0 };
    this.#sessions.set(session, state);
    session.once("close", () => this.#sessions.delete(session));
    const { idleTimeout = SESSION_IDLE, http2 } = this.#limits;
    session.setTimeout(idleTimeout, () => {
      if (state.streams === 0) session.close();
    });
    if (http2?.initialConnectionWindowSize !== undefined && "setLocalWindowSize" in session)
      session.setLocalWindowSize(http2.initialConnectionWindowSize);
  }

  /** A stream of a session that was not opened is refused. */
  stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    const { session } = stream;
    const state = session === undefined ? undefined : this.#sessions.get(session);
    if (session === undefined || state === undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    state.streams++;
    stream.once("close", () => void state.streams--);
    void this.#exchanges.answer({ stream, headers, raw, session, connection: state.connection });
  }

  /** Takes no new streams; with `force` those that are open are cut. */
  stop(force: boolean): void {
    for (const session of this.#sessions.keys()) {
      if (force) session.destroy();
      else session.close();
    }
  }
}
