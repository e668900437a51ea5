import type { Exchange } from "#src/core/exchange.ts";
import type { Follower } from "#src/sessions/follower.ts";
import { KEEP_ALIVE, type ServeWorld } from "../settings.ts";
import { SseAnswer } from "../sse-answer.ts";

/** How many events are read of the log at a time. */
const PAGE = 32;

/** A client's stream of a session's events. */
export interface FeedOptions {
  readonly exchange: Exchange;
  /** The client has it no more; told once. */
  readonly over?: () => void;
}

/** Opens it, nothing in it yet. */
export class Feed {
  readonly answer: SseAnswer;
  #follower: Follower | undefined;
  #drained: (() => void) | undefined;

  constructor({ exchange, over }: FeedOptions, { openStream, clock }: ServeWorld) {
    const release = exchange.hold();
    this.answer = new SseAnswer({
      openStream,
      clock,
      keepAlive: KEEP_ALIVE,
      over: () => {
        void this.#follower?.close();
        this.#drained?.();
        release();
        over?.();
      },
    });
    this.answer.onDrained = () => this.#drained?.();
  }

  /** Sends what the follower reads, no more of it than the client takes, until the stream ends. */
  async run(follower: Follower): Promise<void> {
    this.#follower = follower;
    while (!this.answer.over) {
      const followed = await follower.next(PAGE);
      if (followed.kind !== "events") break;
      let ready = true;
      for (const { id, message } of followed.events) ready = this.answer.event(message, id);
      if (!ready && !this.answer.over) await new Promise<void>((resolve) => (this.#drained = resolve));
    }
    if (this.answer.over) await follower.close();
    else this.answer.close();
  }
}
