import type { Clock } from "#src/core/clock.ts";
import type { ModernCall } from "./modern-call.ts";
import { ANSWER_LIFE } from "./settings.ts";

/** How many calls of this process may wait for their clients; beyond it the oldest goes. */
const MOST = 10_000;

/** A call that waits for its client's answers. */
interface Suspended {
  readonly id: string;
  readonly subject: string;
  expire(): void;
}

/** Calls of stateless clients that wait for answers, by the id that their sealed states name. */
export class SuspendedCalls {
  readonly #clock: Clock;
  readonly #calls = new Map<string, ModernCall>();
  readonly #waiting = new Map<ModernCall, Suspended>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps a call, its time beginning anew; answers its id. */
  keep(call: ModernCall): string {
    const known = this.#waiting.get(call);
    known?.expire();
    const id = known?.id ?? crypto.randomUUID();
    const expire = this.#clock.after(ANSWER_LIFE, () => call.abort());
    this.#waiting.set(call, { id, subject: call.caller.subject, expire });
    this.#calls.set(id, call);
    if (this.#calls.size > MOST) this.#calls.values().next().value?.abort();
    return id;
  }

  /** The call of an id, if it waits and is this subject's. */
  find(id: string, subject: string): ModernCall | undefined {
    const call = this.#calls.get(id);
    return call?.caller.subject === subject ? call : undefined;
  }

  /** The call is over. */
  drop(call: ModernCall): void {
    const known = this.#waiting.get(call);
    if (known === undefined) return;
    known.expire();
    this.#waiting.delete(call);
    this.#calls.delete(known.id);
  }

  close(): void {
    for (const call of this.#waiting.keys()) call.abort();
  }
}
