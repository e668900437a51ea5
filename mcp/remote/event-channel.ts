import type { Clock } from "#src/core/clock.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { bodyKind, parseMessage, readEvents, type StreamPosition } from "./answer-reader.ts";
import type { HttpCancel } from "./http-cancel.ts";
import { failureOf, HttpRefusal } from "./http-failure.ts";
import { LinkLost } from "./message-link.ts";
import type { Json } from "#src/core/json.ts";

/** What a channel is made of. */
export interface EventChannelParts {
  readonly clock: Clock;
  /** The most one event may hold. */
  readonly limit: number;
  /** Ends the channel from outside. */
  readonly cancel: HttpCancel;
  /** Asks for the stream again, from after this event on; without one, for a new stream. */
  readonly reopen: (lastEventId: string) => Promise<UpstreamAnswer>;
  readonly alive: () => void;
  readonly message: (message: Json) => void;
  /** Nothing more is waited for: an end is no break. */
  readonly done: () => boolean;
  /** Goes on also where no event had an id: what was missed meanwhile is lost. */
  readonly endless: boolean;
}

/** Milliseconds between tries when the server names no other time. */
const RETRY = 1000;
const LONGEST_RETRY = 60_000;

/** Tries in a row that bring nothing. */
const TRIES = 5;

/** One stream of events of the session era, over as many connections as it takes. */
export class EventChannel {
  readonly #parts: EventChannelParts;
  readonly #position: StreamPosition = { lastEventId: "", retry: undefined };
  /** In a row. */
  #failures = 0;

  constructor(parts: EventChannelParts, lastEventId = "") {
    this.#parts = parts;
    this.#position.lastEventId = lastEventId;
  }

  get lastEventId(): string {
    return this.#position.lastEventId;
  }

  /** Resolves when it is done or cancelled. Rejects with an McpError when it cannot go on. */
  async run(first: UpstreamAnswer | undefined): Promise<void> {
    const { cancel, done } = this.#parts;
    let answer = first;
    while (cancel.fault === undefined) {
      const error = await this.#connection(answer).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (done() || cancel.fault !== undefined) return;
      if (error !== undefined && !mayPass(error, this.#parts.endless)) throw error;
      answer = undefined;
      await this.#pause(error);
    }
  }

  async #connection(given: UpstreamAnswer | undefined): Promise<void> {
    const { limit, alive, message, reopen } = this.#parts;
    const answer = given ?? (await reopen(this.#position.lastEventId));
    if (answer.status !== 200 || bodyKind(answer.headers) !== "events") throw await failureOf(answer);
    await readEvents(answer.body, limit, this.#position, {
      alive: () => {
        this.#failures = 0;
        alive();
      },
      event: ({ data }) => {
        // An event without data only tells an id to go on from.
        if (data !== "") message(parseMessage(data));
      },
    });
  }

  async #pause(thrown: unknown): Promise<void> {
    const { lastEventId, retry = RETRY } = this.#position;
    const { clock, cancel, endless } = this.#parts;
    const lost = thrown instanceof McpError ? thrown : undefined;
    if (!endless && (lastEventId === "" || ++this.#failures > TRIES)) {
      throw lost ?? new LinkLost("The upstream server ended its answer without a result.", { received: true });
    }
    if (endless) this.#failures++;
    const backOff = endless ? 2 ** Math.min(Math.max(0, this.#failures - 1), 6) : 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = clock.after(Math.min(retry * backOff, LONGEST_RETRY), resolve);
    cancel.onAbort = resolve;
    await promise;
    stop();
    cancel.onAbort = undefined;
  }
}

/** A connection that broke may do better next time; a server that says no will say it again. */
function mayPass(error: unknown, endless: boolean): boolean {
  // Somebody else, such as another replica, still has the stream; or the server is not well.
  if (error instanceof HttpRefusal)
    return endless && (error.status === 409 || error.status === 429 || error.status > 500);
  return error instanceof LinkLost && !error.sessionGone;
}
