import { isObject, type Json } from "#src/core/json.ts";
import type { RequestId } from "#src/core/mcp/messages.ts";
import type { Store } from "#src/core/store.ts";

/** What replicas tell each other about sessions. */
export type ControlMessage =
  /** A client has cancelled a request that may run anywhere. */
  | { readonly type: "cancel"; readonly session: string; readonly id: RequestId }
  | { readonly type: "ended"; readonly session: string }
  /** The standing stream of a session is held by somebody else now. */
  | { readonly type: "superseded"; readonly session: string; readonly holder: number }
  /** The resources that a session subscribes to are others now. */
  | { readonly type: "subscriptions"; readonly session: string }
  /** A client's answer to a question is in the store. */
  | { readonly type: "answer"; readonly ask: string };

const CHANNEL = "mcp-control";

/** Tells the other replicas, and hears them. Messages may be lost when the store is: what must not be is in the store itself. */
export class ControlBus {
  readonly #store: Store;
  readonly #receivers = new Set<(message: ControlMessage) => void>();
  readonly #regained = new Set<() => void>();
  #listening: Promise<() => Promise<void>> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Listens from now on; resolves when nothing that is told afterwards is missed. */
  async start(): Promise<void> {
    this.#listening ??= this.#store.subscribe(
      CHANNEL,
      (text) => this.#hear(text),
      () => {
        for (const regained of this.#regained) regained();
      },
    );
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  async tell(message: ControlMessage): Promise<void> {
    await this.#store.publish(CHANNEL, JSON.stringify(message));
  }

  /** `regained` is called when something may have been missed. */
  hear(receive: (message: ControlMessage) => void, regained?: () => void): () => void {
    this.#receivers.add(receive);
    if (regained !== undefined) this.#regained.add(regained);
    return () => {
      this.#receivers.delete(receive);
      if (regained !== undefined) this.#regained.delete(regained);
    };
  }

  async close(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await listening?.then((stop) => stop()).catch(() => {});
  }

  #hear(text: string): void {
    const message = messageOf(JSON.parse(text) as Json);
    if (message === undefined) return;
    for (const receive of this.#receivers) receive(message);
  }
}

/** A message of another replica, which may run another version. */
function messageOf(value: Json): ControlMessage | undefined {
  if (!isObject(value)) return undefined;
  const { type, session, id, holder, ask } = value;
  if (type === "answer" && typeof ask === "string") return { type, ask };
  if (typeof session !== "string") return undefined;
  if (type === "ended" || type === "subscriptions") return { type, session };
  if (type === "superseded" && typeof holder === "number") return { type, session, holder };
  if (type === "cancel" && (typeof id === "string" || typeof id === "number")) return { type, session, id };
  return undefined;
}
