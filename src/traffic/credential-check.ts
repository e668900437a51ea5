import type { Clock } from "../core/clock.ts";
import type { Credential } from "../core/provider.ts";
import type { SecretHealth } from "./health.ts";

/** How resting credentials are tried. */
export interface CredentialCheckOptions {
  readonly clock: Clock;
  /** Milliseconds between two tries. */
  readonly interval: number;
  /** Good tries in a row that end the rest. */
  readonly successThreshold: number;
  /** Whether the provider takes the credential again. Never rejects. */
  readonly probe: (credential: Credential) => Promise<boolean>;
  /** Ends the rest. */
  readonly recovered: (credential: Credential, health: SecretHealth) => void;
}

/** Tries resting credentials again and again until the provider takes them. */
export class CredentialCheck {
  readonly #options: CredentialCheckOptions;
  /** What is being tried, and how to stop that. */
  readonly #running = new Map<SecretHealth, () => void>();
  #closed = false;

  constructor(options: CredentialCheckOptions) {
    this.#options = options;
  }

  /** Milliseconds between two tries. */
  get interval(): number {
    return this.#options.interval;
  }

  /** Begins to try a credential; does nothing when that has begun already. */
  start(credential: Credential, health: SecretHealth): void {
    if (this.#closed || this.#running.has(health)) return;
    this.#next(credential, health, 0);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#running.values()) stop();
    this.#running.clear();
  }

  #next(credential: Credential, health: SecretHealth, good: number): void {
    const stop = this.#options.clock.after(this.#options.interval, () => void this.#try(credential, health, good));
    this.#running.set(health, stop);
  }

  async #try(credential: Credential, health: SecretHealth, good: number): Promise<void> {
    const { clock, probe, recovered, successThreshold } = this.#options;
    if (health.restsUntil <= clock.now()) return void this.#running.delete(health);
    const now = (await probe(credential)) ? good + 1 : 0;
    if (this.#closed) return;
    if (now < successThreshold) return this.#next(credential, health, now);
    this.#running.delete(health);
    recovered(credential, health);
  }
}
