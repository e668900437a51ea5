import type { RequestId } from "#src/core/mcp/messages.ts";
import type { Json } from "#src/core/json.ts";
import { EventChannel, type EventChannelParts } from "./event-channel.ts";
import { HttpCancel } from "./http-cancel.ts";
import { LinkLost } from "./message-link.ts";

/** What a channel needs of its link. */
export type ChannelWay = Pick<EventChannelParts, "clock" | "limit" | "reopen">;

/** What becomes of a standing stream. */
export interface StandingStreamParts {
  /** How streams are asked for, and ended by `cancel`. */
  readonly way: (cancel: HttpCancel) => ChannelWay;
  readonly message: (message: Json, about: RequestId | undefined) => void;
  /** The server does not give it. */
  readonly refused: (error: unknown) => void;
}

/** A stream under way. */
interface Hearing {
  readonly cancel: HttpCancel;
  /** Resolves after the first answer, whatever it was. */
  readonly opened: Promise<void>;
}

/** The GET stream of a session, on which the server says what belongs to no request; open while somebody wants it. */
export class StandingStream {
  readonly #parts: StandingStreamParts;
  #hearing: Hearing | undefined;
  /** Where it was when it was last wanted. */
  #lastEventId = "";
  #refused = false;

  constructor(parts: StandingStreamParts) {
    this.#parts = parts;
  }

  /** Resolves when the server has answered. */
  async open(): Promise<void> {
    // Most servers that refuse have no such stream; one more question would get the same answer.
    if (this.#refused) return;
    this.#hearing ??= this.#begin();
    await this.#hearing.opened;
  }

  close(): void {
    this.#hearing?.cancel.abort(new LinkLost("The connection to the upstream server is closed.", { received: true }));
    this.#hearing = undefined;
  }

  #begin(): Hearing {
    const opened = Promise.withResolvers<void>();
    const hearing = { cancel: new HttpCancel(), opened: opened.promise };
    void this.#run(hearing, opened.resolve);
    return hearing;
  }

  async #run(hearing: Hearing, opened: () => void): Promise<void> {
    const { way, message, refused } = this.#parts;
    const { cancel } = hearing;
    const { reopen, ...rest } = way(cancel);
    const channel = new EventChannel(
      {
        ...rest,
        cancel,
        reopen: (lastEventId) => reopen(lastEventId).finally(opened),
        alive() {},
        message: (json) => message(json, undefined),
        done: () => false,
        endless: true,
      },
      this.#lastEventId,
    );
    try {
      await channel.run(undefined);
    } catch (error) {
      this.#refused = true;
      refused(error);
    } finally {
      this.#lastEventId = channel.lastEventId;
      if (this.#hearing === hearing) this.#hearing = undefined;
    }
  }
}
