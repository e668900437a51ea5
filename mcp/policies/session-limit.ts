import type { Clock } from "#src/core/clock.ts";
import type { SessionLimit } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import type { Store } from "#src/core/store.ts";

/** How many sessions somebody may have. */
export interface SessionRule {
  readonly limit: number;
  readonly by: "subject" | "consumer";
  /** Milliseconds after its last use at which a session counts no longer. */
  readonly idle: number;
}

/** Sessions whose next renewal is remembered; one forgotten is renewed too early, which is no harm. */
const MAX_REMEMBERED = 10_000;

/**
 * Open sessions, one list for each caller in the store. Every entry tells until when it counts, so that those of replicas and clients that
 * ended without a word are forgotten by themselves. When the store is away sessions are opened all the same.
 */
export class StoredSessionLimit implements SessionLimit {
  readonly #server: string;
  readonly #rule: SessionRule;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #away: (error: unknown) => void;
  /** By session, when to renew it: with every request would be a write for each. */
  readonly #renewals = new Map<string, number>();

  constructor(
    server: string,
    rule: SessionRule,
    { store, clock }: { readonly store: Store; readonly clock: Clock },
    away: (error: unknown) => void,
  ) {
    this.#server = server;
    this.#rule = rule;
    this.#store = store;
    this.#clock = clock;
    this.#away = away;
  }

  async take(caller: Caller, session: string): Promise<boolean> {
    try {
      return await this.#take(this.#keyOf(caller), await nameOf(session));
    } catch (error) {
      this.#away(error);
      return true;
    }
  }

  async renew(caller: Caller, session: string): Promise<void> {
    const now = this.#clock.now();
    if ((this.#renewals.get(session) ?? 0) > now) return;
    this.#remember(session, now);
    try {
      const [key, name] = [this.#keyOf(caller), await nameOf(session)];
      const old = await this.#store.list(key);
      await this.#add(key, name);
      await this.#drop(
        key,
        old.filter((entry) => entry.startsWith(`${name}@`)),
      );
    } catch (error) {
      this.#away(error);
    }
  }

  async release(caller: Caller, session: string): Promise<void> {
    this.#renewals.delete(session);
    try {
      const [key, name] = [this.#keyOf(caller), await nameOf(session)];
      await this.#drop(
        key,
        (await this.#store.list(key)).filter((entry) => entry.startsWith(`${name}@`)),
      );
    } catch (error) {
      this.#away(error);
    }
  }

  async #take(key: string, name: string): Promise<boolean> {
    const before = await this.#store.list(key);
    const over = before.filter((entry) => this.#isOver(entry));
    if (over.length > 0) await this.#drop(key, over);
    if (before.length - over.length >= this.#rule.limit) return false;
    const entry = await this.#add(key, name);
    // Others may have been added in between, by another replica too: whoever is behind the limit in the list's order goes.
    const now = await this.#store.list(key);
    const place = now.filter((one) => !this.#isOver(one)).indexOf(entry);
    if (place < this.#rule.limit) return true;
    await this.#drop(key, [entry]);
    return false;
  }

  async #add(key: string, name: string): Promise<string> {
    const { idle } = this.#rule;
    const entry = `${name}@${this.#clock.now() + idle}`;
    await this.#store.append(key, [entry], idle);
    return entry;
  }

  async #drop(key: string, entries: readonly string[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.#store.remove(key, entry)));
  }

  #isOver(entry: string): boolean {
    return Number(entry.slice(entry.lastIndexOf("@") + 1)) <= this.#clock.now();
  }

  #keyOf({ subject, consumer, address = "unknown" }: Caller): string {
    const named =
      this.#rule.by === "consumer" && consumer !== undefined ? `consumer ${consumer}` : `subject ${subject}`;
    const whose = named === "subject " ? `ip ${address}` : named;
    return `mcp-sessions:${encodeURIComponent(this.#server)}:${encodeURIComponent(whose)}`;
  }

  #remember(session: string, now: number): void {
    if (this.#renewals.size >= MAX_REMEMBERED) this.#renewals.clear();
    this.#renewals.set(session, now + this.#rule.idle / 4);
  }
}

/** A session's id opens it, so that the store gets its hash alone. */
async function nameOf(session: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(session));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true }).slice(0, 22);
}
