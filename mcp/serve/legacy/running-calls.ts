import type { RequestId } from "#src/core/mcp/messages.ts";
import type { ControlBus } from "./control.ts";
import type { LegacyCall } from "./legacy-call.ts";
import type { LegacySession } from "./session.ts";

/** The calls of sessions that run on this replica, so that their clients can cancel them from any. */
export class RunningCalls {
  readonly #bus: ControlBus;
  readonly #calls = new Map<string, LegacyCall>();
  readonly #unhear: () => void;

  constructor(bus: ControlBus) {
    this.#bus = bus;
    this.#unhear = bus.hear((message) => {
      if (message.type === "cancel") this.#calls.get(keyOf(message.session, message.id))?.cancel();
    });
  }

  begin(session: LegacySession, id: RequestId, call: LegacyCall): void {
    this.#calls.set(keyOf(session.id, id), call);
  }

  end(session: LegacySession, id: RequestId): void {
    this.#calls.delete(keyOf(session.id, id));
  }

  /** Ends a call, wherever it runs. */
  async cancel(session: LegacySession, id: RequestId): Promise<void> {
    const call = this.#calls.get(keyOf(session.id, id));
    if (call === undefined) await this.#bus.tell({ type: "cancel", session: session.id, id });
    else call.cancel();
  }

  close(): void {
    this.#unhear();
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
  }
}

/** Ids of different types are different ids: `1` is not `"1"`. */
function keyOf(session: string, id: RequestId): string {
  return `${session}\n${JSON.stringify(id)}`;
}
