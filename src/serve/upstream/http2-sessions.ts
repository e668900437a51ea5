import { type ClientHttp2Session, connect } from "node:http2";
import type { Clock } from "../../core/clock.ts";
import type { ServiceLink } from "../../core/service-link.ts";
import { dial } from "./dial.ts";
import { asNotConnected, NotConnected } from "./not-connected.ts";
import type { Target } from "./peer.ts";

/** Streams that a session may have at a time where the endpoint allows more, or has not said. */
const MAX_STREAMS = 100;

/** Of an endpoint that sends fast and a client that reads slowly, so much of a body may be here, in bytes. */
const STREAM_WINDOW = 256 * 1024;

/** How often a session with streams is asked whether it is still there, in milliseconds, and how long it may take to say so. */
const PING_EVERY = 30_000;
const PING_LIMIT = 10_000;

/** How long a session without streams is kept, in milliseconds. */
const KEPT = 60_000;

/** Sessions with one endpoint; then streams wait for others to be over. */
const MAX_SESSIONS = 64;

/** How often a session may be gone before it was used, until it is the endpoint's fault. */
const MAX_MISSES = 3;

/** Milliseconds until the endpoint must have begun to speak HTTP/2 where the configuration says nothing. */
const PREFACE_LIMIT = 10_000;

/** A stream's place in a session. `leave` is called when the stream is over; calling it again does nothing. */
export interface Place {
  readonly session: ClientHttp2Session;
  readonly leave: () => void;
}

/** The sessions with all endpoints of a service. */
export class Http2Sessions {
  readonly #link: ServiceLink;
  readonly #clock: Clock;
  readonly #byOrigin = new Map<string, KeptSession[]>();
  /** Sessions that are being opened; who comes meanwhile waits for them. */
  readonly #opening = new Map<string, Promise<KeptSession>>();
  /** Who waits until some stream is over. */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(link: ServiceLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** A place in a session with room, else in a new one. Rejects with an Error that is known as "not connected", or the signal's reason. */
  async place(target: Target, signal: AbortSignal): Promise<Place> {
    for (let misses = 0; misses < MAX_MISSES;) {
      signal.throwIfAborted();
      const sessions = this.#byOrigin.get(target.origin) ?? [];
      const place = sessions.find((kept) => kept.hasRoom)?.enter();
      if (place !== undefined) return place;
      if (sessions.length >= MAX_SESSIONS) await unlessAborted(this.#someRoom(), signal);
      else if (!(await unlessAborted(this.#open(target), signal)).usable) misses++;
    }
    throw new NotConnected("HTTP2_GOAWAY", "The endpoint takes no streams.");
  }

  #someRoom(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  readonly #roomMade = (): void => {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  };

  close(): void {
    this.#closed = true;
    for (const kept of this.#byOrigin.values()) for (const one of kept.slice()) one.close();
  }

  #open(target: Target): Promise<KeptSession> {
    const { origin } = target;
    let opening = this.#opening.get(origin);
    if (opening === undefined) {
      opening = this.#dialled(target).finally(() => this.#opening.delete(origin));
      this.#opening.set(origin, opening);
    }
    return opening;
  }

  async #dialled(target: Target): Promise<KeptSession> {
    const { origin } = target;
    const socket = await dial(target, this.#link, this.#clock);
    const session = connect(`${target.secure ? "https" : "http"}://${origin}`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    const list = this.#byOrigin.get(origin) ?? [];
    this.#byOrigin.set(origin, list);
    const gone = (): void => {
      const at = list.indexOf(kept);
      if (at >= 0) list.splice(at, 1);
      if (list.length === 0) this.#byOrigin.delete(origin);
      this.#roomMade();
    };
    const kept = new KeptSession(session, this.#clock, {
      gone,
      left: this.#roomMade,
      kept: this.#link.idleTimeout ?? KEPT,
    });
    const late = new NotConnected("ETIMEDOUT", "The endpoint does not speak HTTP/2.");
    const stop = this.#clock.after(this.#link.connectTimeout ?? PREFACE_LIMIT, () => session.destroy(late));
    try {
      await kept.ready;
    } catch (error) {
      throw asNotConnected(error);
    } finally {
      stop();
    }
    list.push(kept);
    if (this.#closed) kept.close();
    return kept;
  }
}

/** Who is told of a session's life. */
interface Watcher {
  /** How long it is kept without streams, in milliseconds. */
  readonly kept: number;
  /** It takes no new streams. */
  gone(): void;
  /** A stream is over. */
  left(): void;
}

class KeptSession {
  /** Resolves when the endpoint has said how many streams it takes. */
  readonly ready: Promise<void>;
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  readonly #watcher: Watcher;
  #streams = 0;
  #usable = true;
  #stopTimer: () => void = () => {};

  constructor(session: ClientHttp2Session, clock: Clock, watcher: Watcher) {
    this.#session = session;
    this.#clock = clock;
    this.#watcher = watcher;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    promise.catch(() => {});
    session.once("remoteSettings", () => resolve());
    // It stays: an error that nobody listens for ends the process.
    session.on("error", (error) => {
      reject(error);
      this.#retire();
    });
    session.once("goaway", () => this.#retire());
    session.once("close", () => {
      reject(new Error("The session was closed before it was open."));
      this.#stopTimer();
      this.#retire();
    });
  }

  get usable(): boolean {
    const { closed, destroyed } = this.#session;
    return this.#usable && !closed && !destroyed;
  }

  get hasRoom(): boolean {
    const most = Math.min(MAX_STREAMS, this.#session.remoteSettings.maxConcurrentStreams ?? MAX_STREAMS);
    return this.usable && this.#streams < Math.max(1, most);
  }

  enter(): Place {
    if (this.#streams++ === 0) this.#watch();
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#streams--;
      this.#watcher.left();
      if (this.#streams > 0) return;
      if (this.#usable) this.#keep();
      else this.#session.close();
    };
    return { session: this.#session, leave };
  }

  /** Takes no new streams; the last one closes it. */
  close(): void {
    this.#retire();
    if (this.#streams === 0) this.#session.close();
  }

  #retire(): void {
    if (!this.#usable) return;
    this.#usable = false;
    this.#watcher.gone();
  }

  /** While there are streams: a peer that is gone without a word would hold them for ever. */
  #watch(): void {
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(PING_EVERY, () => {
      const late = this.#clock.after(PING_LIMIT, () => this.#session.destroy(new Error("The endpoint is silent.")));
      const answered = (error: Error | null): void => {
        late();
        if (error === null && this.#streams > 0) this.#watch();
      };
      if (this.#session.destroyed || !this.#session.ping(answered)) late();
    });
  }

  #keep(): void {
    this.#stopTimer();
    this.#stopTimer = this.#clock.after(this.#watcher.kept, () => this.close());
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
