import type { Clock } from "#src/core/clock.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { LegacySession } from "./legacy-session.ts";

/** What bounds a pool. */
export interface PoolLimits {
  readonly sessions: number;
  /** Milliseconds after which a session that nobody uses is ended. */
  readonly sessionIdle: number;
}

/** A session in the pool, or on its way into it. */
class Entry {
  readonly key: string;
  readonly opening: Promise<LegacySession>;
  session: LegacySession | undefined;
  uses = 0;
  stopExpiry: (() => void) | undefined;

  constructor(key: string, opening: Promise<LegacySession>) {
    this.key = key;
    this.opening = opening;
  }

  get idle(): boolean {
    return this.uses === 0 && this.session?.listening === 0;
  }
}

/** Upstream sessions for clients that have none themselves: shared by calls of the same kind, one after the other or side by side. */
export class SessionPool {
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  /** Those used last come last. */
  readonly #entries = new Set<Entry>();

  constructor(clock: Clock, limits: PoolLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Runs with a session of this key; one is opened when there is none, or with `alone` none that nobody uses just now. Rejects with what
   * `open` or `run` rejects with, or with an McpError when there are too many.
   */
  async use<T>(
    key: string,
    alone: boolean,
    open: () => Promise<LegacySession>,
    run: (session: LegacySession) => Promise<T>,
  ): Promise<T> {
    const entry = this.#find(key, alone) ?? this.#add(key, open);
    entry.uses++;
    entry.stopExpiry?.();
    this.#entries.delete(entry);
    this.#entries.add(entry);
    try {
      return await run(await entry.opening);
    } finally {
      entry.uses--;
      this.#rest(entry);
    }
  }

  /** A session is over: nobody gets it any more. */
  forget(session: LegacySession): void {
    for (const entry of this.#entries) if (entry.session === session) this.#drop(entry);
  }

  async close(): Promise<void> {
    const entries = [...this.#entries];
    for (const entry of entries) this.#drop(entry);
    await Promise.all(entries.map(({ opening }) => opening.then((session) => session.close(true)).catch(() => {})));
  }

  #find(key: string, alone: boolean): Entry | undefined {
    for (const entry of this.#entries) {
      const lost = entry.session !== undefined && !entry.session.alive;
      if (entry.key === key && !lost && (!alone || entry.uses === 0)) return entry;
    }
    return undefined;
  }

  #add(key: string, open: () => Promise<LegacySession>): Entry {
    if (this.#entries.size >= this.#limits.sessions) this.#makeRoom();
    const entry = new Entry(key, open());
    entry.opening.then(
      (session) => (entry.session = session),
      () => this.#drop(entry),
    );
    this.#entries.add(entry);
    return entry;
  }

  #makeRoom(): void {
    for (const entry of this.#entries) if (entry.idle) return this.#end(entry);
    throw new McpError(
      ERROR_CODES.internalError,
      "Too many sessions with the upstream server are in use. Try again later.",
    );
  }

  #rest(entry: Entry): void {
    entry.stopExpiry?.();
    if (entry.uses > 0 || !this.#entries.has(entry)) return;
    entry.stopExpiry = this.#clock.after(this.#limits.sessionIdle, () => {
      if (entry.idle) this.#end(entry);
      else this.#rest(entry);
    });
  }

  #end(entry: Entry): void {
    this.#drop(entry);
    entry.session?.close(true).catch(() => {});
  }

  #drop(entry: Entry): void {
    entry.stopExpiry?.();
    this.#entries.delete(entry);
  }
}
