import type { Clock } from "../core/clock.ts";
import type { SessionLog } from "./event-log.ts";
import type { Follower } from "./follower.ts";

/** What a replica is sent by others: replies that belong to a connection only it holds. */
export interface Inboxes {
  /** Puts a message into a replica's inbox. Rejects when the store is away; that there is such a replica is not known. */
  send(replica: string, message: string): Promise<void>;
  /** Hands out what comes for a replica, in order, until the returned function is called. */
  open(replica: string, receive: (message: string) => void): () => Promise<void>;
}

const STREAM = "inbox";
/** The begin of the stream. */
const BEGIN = `${STREAM}.`;
const PAGE = 100;
/** Milliseconds until an inbox that could not be opened is tried again. */
const RETRY = 1000;

/** Inboxes in the logs of {@link createEventLogs}. A replica's name is its own: random, new with each process. */
export function createInboxes(logs: (id: string) => SessionLog, clock: Clock): Inboxes {
  const logOf = (replica: string): SessionLog => logs(`replica:${replica}`);
  return {
    async send(replica, message) {
      await logOf(replica).append(STREAM, [message]);
    },
    open(replica, receive) {
      const inbox = new Inbox(logOf(replica), clock, receive);
      const over = inbox.run();
      return async () => {
        await inbox.close();
        await over;
      };
    },
  };
}

class Inbox {
  readonly #log: SessionLog;
  readonly #clock: Clock;
  readonly #receive: (message: string) => void;
  #follower: Follower | undefined;
  #closed = false;
  #stopResting: (() => void) | undefined;

  constructor(log: SessionLog, clock: Clock, receive: (message: string) => void) {
    this.#log = log;
    this.#clock = clock;
    this.#receive = receive;
  }

  async run(): Promise<void> {
    while (!this.#closed) {
      // From the begin each time: when the log has lost what was read, everything that is left was not.
      this.#follower = await this.#log.follow(BEGIN).catch(() => undefined);
      if (this.#follower === undefined) await this.#rest();
      else await this.#handOut(this.#follower);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopResting?.();
    await this.#follower?.close();
  }

  /** Until the follower ends. */
  async #handOut(follower: Follower): Promise<void> {
    if (this.#closed) await follower.close();
    for (;;) {
      const followed = await follower.next(PAGE);
      if (followed.kind === "superseded") this.#closed = true;
      if (followed.kind !== "events") return;
      for (const { message } of followed.events) this.#receive(message);
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(RETRY, resolve);
      this.#stopResting = () => {
        stop();
        resolve();
      };
    });
  }
}
