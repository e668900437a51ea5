import type { Clock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { RequestId } from "#src/core/mcp/messages.ts";
import { HttpCancel, limited } from "./http-cancel.ts";
import { LinkLost } from "./message-link.ts";
import { isId } from "./rpc-message.ts";

/** A message on its way by POST. */
export interface HttpPost {
  /** Its id, when it is a request; what is none has only a moment. */
  readonly request: RequestId | undefined;
  readonly cancel: HttpCancel;
  over(): void;
}

/** The messages of one link that are on their way; requests can be abandoned by their ids. */
export class HttpPosts {
  readonly #clock: Clock;
  readonly #requests = new Map<RequestId, HttpCancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin({ method, id }: JsonObject): HttpPost {
    const cancel = new HttpCancel();
    if (typeof method !== "string" || !isId(id))
      return { request: undefined, cancel, over: limited(this.#clock, cancel) };
    this.#requests.set(id, cancel);
    return { request: id, cancel, over: () => this.#requests.delete(id) };
  }

  abandon(id: RequestId): void {
    this.#requests.get(id)?.abort(linkClosed());
    this.#requests.delete(id);
  }

  abandonAll(): void {
    for (const cancel of this.#requests.values()) cancel.abort(linkClosed());
    this.#requests.clear();
  }
}

/** What ends an exchange that nobody waits for any more. */
export function linkClosed(): LinkLost {
  return new LinkLost("The connection to the upstream server is closed.", { received: true });
}
