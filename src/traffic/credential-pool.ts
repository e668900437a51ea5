import type { Clock } from "../core/clock.ts";
import type { Credential, Verdict } from "../core/provider.ts";
import type { CredentialCheck } from "./credential-check.ts";
import { LONGEST_REST, type CredentialHealth, type SecretHealth } from "./health.ts";

/** How a leased credential did. A failure with the verdict `request` counts as a success: the credential was accepted. */
export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly verdict: Verdict;
      /** The provider's status; left out when there was no answer. */
      readonly status?: number;
      /** The provider's `Retry-After` in seconds. */
      readonly retryAfter?: number;
    };

/** A credential for one try. */
export interface Lease {
  /** Tells credentials of a pool apart; the credential's id where there is one. */
  readonly id: string;
  /** Undefined for a provider that is called without one. */
  readonly credential: Credential | undefined;
  /** Called once, when the outcome is known. */
  done(outcome: Outcome): void;
}

/** The credential a lease shall be of, if it can. */
export interface Preference {
  /** The credential's id. */
  readonly credential: string;
  /** Only it will do, at rest or not: nobody else can see what the request is about. */
  readonly only: boolean;
}

/** A credential was put to rest. */
export interface CoolDown {
  readonly provider: string;
  readonly credential: string;
  readonly seconds: number;
  readonly status: number | undefined;
}

/** A credential was found well before its rest was over. */
export type Recovery = Pick<CoolDown, "provider" | "credential">;

/** What a pool is made of. */
export interface CredentialPoolOptions {
  /** The provider's id. */
  readonly provider: string;
  readonly apiTokens: readonly string[];
  /** The provider may be called without a credential when it has none. */
  readonly keyless: boolean;
  readonly health: CredentialHealth;
  readonly clock: Clock;
  /** From 0 up to 1; picks where the rotation starts, so that replicas do not all begin with the same credential. */
  readonly random: () => number;
  /** Milliseconds of rest after a failure without `Retry-After`, instead of the defaults by status; 0: credentials never rest. */
  readonly coolDown?: number;
  /** Failures in a row after which a credential rests; 1 when left out. Where the provider says how long to wait, one is enough. */
  readonly failureThreshold?: number;
  /** Tries resting credentials, so that their rest can end before its time; without `coolDown` nothing else ends it within an hour. */
  readonly check?: CredentialCheck;
  readonly onCoolDown?: (coolDown: CoolDown) => void;
}

/** Milliseconds of rest by status when the provider named none. Each refusal in a row doubles it, up to an hour. */
const REST: Readonly<Record<number, number>> = { 401: 300_000, 402: 300_000, 403: 300_000, 429: 30_000 };
const REST_OTHER = 5000;

type Failure = Extract<Outcome, { ok: false }>;

interface Slot {
  readonly credential: Credential;
  readonly health: SecretHealth;
}

/** A provider's credentials: each lease takes the next one in turn that does not rest. */
export class CredentialPool {
  readonly #options: CredentialPoolOptions;
  readonly #slots: readonly Slot[];
  #next: number;

  constructor(options: CredentialPoolOptions) {
    this.#options = options;
    const { provider, apiTokens, health, random } = options;
    this.#slots = apiTokens.map((secret, index) => ({
      credential: { id: `${provider}#${index + 1}`, secret },
      health: health.hold(provider, secret),
    }));
    this.#next = Math.floor(random() * this.#slots.length);
  }

  /**
   * The next credential that neither rests nor is in `tried` (ids of earlier leases of the same request); undefined when there is none.
   * A keyless provider without credentials has one nameless lease that never rests. A preferred credential comes first, out of turn.
   */
  lease(tried: ReadonlySet<string>, prefer?: Preference): Lease | undefined {
    const { provider, keyless, clock } = this.#options;
    const slots = this.#slots;
    if (slots.length === 0)
      return keyless && !tried.has(provider) ? { id: provider, credential: undefined, done() {} } : undefined;
    const now = clock.now();
    const preferred = prefer && slots.find(({ credential }) => credential.id === prefer.credential);
    if (prefer !== undefined && preferred !== undefined) {
      const free = !tried.has(preferred.credential.id) && (prefer.only || preferred.health.restsUntil <= now);
      if (free) return this.#leaseOf(preferred);
      if (prefer.only) return undefined;
    }
    for (let step = 0; step < slots.length; step++) {
      const index = (this.#next + step) % slots.length;
      const slot = slots[index]!;
      if (slot.health.restsUntil > now) this.#check(slot);
      if (slot.health.restsUntil > now || tried.has(slot.credential.id)) continue;
      this.#next = (index + 1) % slots.length;
      return this.#leaseOf(slot);
    }
    return undefined;
  }

  /** All of them, at rest or not. */
  get credentials(): readonly Credential[] {
    return this.#slots.map(({ credential }) => credential);
  }

  /** Whole seconds until the first resting credential is back, at least 1; undefined when one is well or there are none at all. */
  retryAfter(): number | undefined {
    const now = this.#options.clock.now();
    const first = Math.min(...this.#slots.map((slot) => this.#backAt(slot, now)));
    return first > now && Number.isFinite(first) ? Math.ceil((first - now) / 1000) : undefined;
  }

  /** When a credential is back at the earliest. */
  #backAt({ health: { restsUntil, timed } }: Slot, now: number): number {
    const { check } = this.#options;
    return check === undefined || timed === true ? restsUntil : Math.min(restsUntil, now + check.interval);
  }

  /** Every credential rests, and a rate limit is why the first to come back does. */
  get limited(): boolean {
    const [first] = this.#slots.toSorted((a, b) => a.health.restsUntil - b.health.restsUntil);
    return first?.health.limited ?? false;
  }

  /** Gives up the health of its secrets. Leases under way may still end. */
  close(): void {
    const { provider, health, check } = this.#options;
    check?.close();
    for (const { credential } of this.#slots) health.release(provider, credential.secret);
  }

  #leaseOf(slot: Slot): Lease {
    const restedAtLease = slot.health.restsUntil;
    return {
      id: slot.credential.id,
      credential: slot.credential,
      done: (outcome) => {
        if (outcome.ok || outcome.verdict === "request") {
          slot.health.strikes = 0;
          slot.health.failures = 0;
        } else this.#fail(slot, outcome, restedAtLease);
      },
    };
  }

  #fail(slot: Slot, outcome: Failure, restedAtLease: number): void {
    const { provider, clock, health, coolDown, failureThreshold = 1, onCoolDown } = this.#options;
    const { retryAfter, status } = outcome;
    if (coolDown === 0) return;
    slot.health.failures = (slot.health.failures ?? 0) + 1;
    if (slot.health.failures < failureThreshold && retryAfter === undefined) return;
    // A failing server is no reason to lock out the last credential, unless the server itself asks for it.
    if (outcome.verdict === "upstream" && retryAfter === undefined && !this.#hasOther(slot)) return;
    // Requests that were under way together fail together: that is one failure, and one rest unless a clearly longer one is asked for.
    const before = slot.health.restsUntil;
    const sameBurst = before !== restedAtLease;
    if (!sameBurst && outcome.verdict === "credential") slot.health.strikes++;
    const rest = Math.min(
      retryAfter === undefined ? this.#defaultRest(slot, outcome) : retryAfter * 1000,
      LONGEST_REST,
    );
    if (clock.now() + rest <= before + (sameBurst ? 1000 : 0)) return;
    health.rest(slot.health, rest);
    slot.health.limited = status === 429;
    slot.health.timed = retryAfter !== undefined;
    this.#check(slot);
    onCoolDown?.({ provider, credential: slot.credential.id, seconds: Math.ceil(rest / 1000), status });
  }

  /** Another replica may have put it to rest, or a configuration before this one. */
  #check({ credential, health }: Slot): void {
    if (health.timed !== true) this.#options.check?.start(credential, health);
  }

  #defaultRest({ health }: Slot, { verdict, status }: Failure): number {
    const { check, coolDown } = this.#options;
    if (check !== undefined && coolDown === undefined) return LONGEST_REST;
    const first = this.#options.coolDown ?? (status === undefined ? undefined : REST[status]) ?? REST_OTHER;
    // An outage is over for every credential at once; a refused one is likely to be refused again.
    return verdict === "upstream" ? first : first * 2 ** Math.max(0, Math.min(health.strikes - 1, 10));
  }

  #hasOther(slot: Slot): boolean {
    const now = this.#options.clock.now();
    return this.#slots.some((other) => other !== slot && other.health.restsUntil <= now);
  }
}
