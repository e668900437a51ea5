import type { Exchange } from "#src/core/exchange.ts";
import type { SessionLog } from "#src/sessions/event-log.ts";
import { jsonAnswer } from "../outgoing.ts";
import { KEEP_ALIVE, type ServeWorld } from "../settings.ts";
import { SseAnswer } from "../sse-answer.ts";
import { Feed } from "./feed.ts";
import { LogWriter } from "./log-writer.ts";
import type { Outlet } from "./outlet.ts";
import type { LegacySession } from "./session.ts";

/** What the answer to a POST is made of. */
export interface PostAnswerOptions {
  readonly exchange: Exchange;
  readonly world: ServeWorld;
  readonly logs: (session: string) => SessionLog;
  /** Left out: the client has no session, so its stream cannot be resumed. */
  readonly session: LegacySession | undefined;
  /** How many requests are answered by it. */
  readonly requests: number;
  /** Several requests came in a list, so their answers go in one. */
  readonly batch: boolean;
  /** The client takes a stream. */
  readonly streams: boolean;
  /** Nobody reads the answer any more; told only when it could not be read later either. */
  readonly left: () => void;
}

/** Revisions from this one on let a stream begin with an event that only has an id, to resume from (SEP-1699). */
const PRIMED = "2025-11-25";

/** The answer to one POST of the session era: plain JSON when nothing comes before the results, else a stream that can be resumed. */
export class PostAnswer implements Outlet {
  readonly response: Promise<Response>;
  readonly #options: PostAnswerOptions;
  readonly #resolve: (response: Response) => void;
  #finished: string[] = [];
  #open: number;
  #push: ((text: string, last: boolean) => void) | undefined;

  constructor(options: PostAnswerOptions) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#options = options;
    this.#open = options.requests;
    // Without a session nobody could read the answer later.
    if (options.session === undefined) options.exchange.signal.addEventListener("abort", options.left, { once: true });
  }

  get streams(): boolean {
    return this.#options.streams;
  }

  message(text: string): void {
    if (this.#open === 0 || !this.streams) return;
    this.#stream()(text, false);
  }

  finish(text: string): void {
    this.#open -= 1;
    if (this.#push !== undefined) return this.#push(text, this.#open === 0);
    this.#finished.push(text);
    if (this.#open > 0) return;
    this.#resolve(jsonAnswer(this.#options.batch ? `[${this.#finished.join(",")}]` : (this.#finished[0] ?? "")));
  }

  refuse(response: Response): boolean {
    if (this.#push !== undefined || this.#options.batch) return false;
    this.#open = 0;
    this.#resolve(response);
    return true;
  }

  #stream(): (text: string, last: boolean) => void {
    if (this.#push !== undefined) return this.#push;
    const push = this.#options.session === undefined ? this.#plainStream() : this.#loggedStream(this.#options.session);
    this.#push = push;
    for (const text of this.#finished.splice(0)) push(text, false);
    return push;
  }

  #plainStream(): (text: string, last: boolean) => void {
    const { exchange, world } = this.#options;
    const release = exchange.hold();
    const { openStream, clock } = world;
    const over = (left: boolean): void => {
      if (left) this.#options.left();
      release();
    };
    const answer = new SseAnswer({ openStream, clock, keepAlive: KEEP_ALIVE, over });
    this.#resolve(answer.response());
    return (text, last) => {
      answer.event(text);
      if (last) answer.close();
    };
  }

  #loggedStream(session: LegacySession): (text: string, last: boolean) => void {
    const { exchange, world, logs } = this.#options;
    const log = logs(session.id);
    const stream = `p${crypto.randomUUID().slice(0, 8)}`;
    const begin = `${stream}.`;
    const feed = new Feed({ exchange }, world);
    const writer = new LogWriter(log, stream, world.clock, () => feed.answer.close());
    if (session.client.version >= PRIMED) feed.answer.event("", begin);
    log.follow(begin).then(
      (follower) => (follower === undefined ? feed.answer.close() : void feed.run(follower)),
      () => feed.answer.close(),
    );
    this.#resolve(feed.answer.response());
    return (text, last) => writer.write(text, last);
  }
}
