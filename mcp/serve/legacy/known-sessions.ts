import type { LegacySession } from "./session.ts";

/** Sessions by what their clients show and by their ids, up to a number: the one remembered first goes. */
export class KnownSessions {
  readonly #most: number;
  readonly #byToken = new Map<string, LegacySession>();
  readonly #byId = new Map<string, LegacySession>();

  constructor(most: number) {
    this.#most = most;
  }

  add(session: LegacySession): void {
    this.#byToken.set(session.token, session);
    this.#byId.set(session.id, session);
    if (this.#byToken.size <= this.#most) return;
    for (const oldest of this.#byToken.values()) {
      this.take(oldest.id);
      return;
    }
  }

  /** By its token. */
  find(token: string): LegacySession | undefined {
    return this.#byToken.get(token);
  }

  /** Takes a session out. */
  take(id: string): LegacySession | undefined {
    const session = this.#byId.get(id);
    if (session === undefined) return undefined;
    this.#byId.delete(id);
    this.#byToken.delete(session.token);
    return session;
  }

  [Symbol.iterator](): Iterator<LegacySession> {
    return this.#byToken.values();
  }

  clear(): void {
    this.#byToken.clear();
    this.#byId.clear();
  }
}
