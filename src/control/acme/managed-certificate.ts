import { createHash, X509Certificate } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { type Authority, AuthorityError, type Solver } from "./authority.ts";
import type { CertificateRecord, Tries } from "./record.ts";
import type { RenewalInfo } from "./renewal-info.ts";
import { type Lifetime, renewalTime, restAfter } from "./renewal.ts";
import type { AcmeStorage, Lease } from "./storage.ts";

/** What certificates are got with. */
export interface ManagedWorld {
  readonly storage: AcmeStorage;
  readonly authority: Authority;
  readonly solver: Solver;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The share of a lifetime that is left when a certificate is renewed. */
  readonly renewBefore: number;
  /** Runs few at a time. */
  readonly inTurn: <T>(run: () => Promise<T>) => Promise<T>;
  readonly events: ManagedEvents;
}

/** What is told of certificates. */
export interface ManagedEvents {
  /** There is another certificate for a name. */
  changed(name: string): void;
  /** A certificate was got here. */
  issued(name: string): void;
  failed(name: string): void;
}

/** How a name stands, for operators. Times are in ISO 8601. */
export interface CertificateStatus {
  readonly name: string;
  /** `pending`: there is none yet; `failing`: nor could one be got. */
  readonly state: "valid" | "pending" | "failing" | "expired";
  readonly issuer?: string;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly renewAt?: string;
  readonly failures?: number;
  readonly lastError?: string;
  readonly nextTry?: string;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** All is looked at again after so long at the latest, in milliseconds: what others got, clocks that were set. */
const LOOK_AGAIN = 60 * MINUTE;

/** A replica that another one is faster than looks again after so long. */
const OTHERS_TURN = MINUTE / 2;

/** The certificate of one name: got, renewed, and taken over from other replicas. */
export class ManagedCertificate {
  readonly name: string;
  readonly #world: ManagedWorld;
  readonly #closed = new AbortController();
  #record: CertificateRecord | undefined;
  #parsed: X509Certificate | undefined;
  #tries: Tries | undefined;
  #suggested: RenewalInfo | undefined;
  #askAt = 0;
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(name: string, world: ManagedWorld) {
    this.name = name;
    this.#world = world;
  }

  get record(): CertificateRecord | undefined {
    return this.#record;
  }

  /** When it is good; undefined when there is none. */
  get lifetime(): Lifetime | undefined {
    if (this.#parsed === undefined) return undefined;
    return { notBefore: Date.parse(this.#parsed.validFrom), notAfter: Date.parse(this.#parsed.validTo) };
  }

  get status(): CertificateStatus {
    const { lifetime } = this;
    const tries = this.#tries;
    return {
      name: this.name,
      state: this.#state(lifetime),
      ...(lifetime === undefined
        ? {}
        : { issuer: this.#parsed?.issuer.replaceAll("\n", ", ") ?? "", ...timesOf(lifetime) }),
      ...(lifetime === undefined ? {} : { renewAt: new Date(this.#renewAt(lifetime)).toISOString() }),
      ...(tries === undefined
        ? {}
        : { failures: tries.failures, lastError: tries.error, nextTry: new Date(tries.nextTry).toISOString() }),
    };
  }

  /** Takes over what is stored, when it is newer. */
  async load(): Promise<void> {
    const { storage, events } = this.#world;
    const [record, tries] = await Promise.all([storage.certificate(this.name), storage.tries(this.name)]);
    this.#tries = tries;
    if (record === undefined || record.fence <= (this.#record?.fence ?? 0)) return;
    this.#take(record);
    events.changed(this.name);
  }

  /** Forgets failures, and the rest after them. */
  async forgive(): Promise<void> {
    this.#tries = undefined;
    await this.#world.storage.saveTries(this.name, undefined);
  }

  /** Gets or renews it when it is time, now and from now on. */
  look(): void {
    if (this.#closed.signal.aborted) return;
    this.#cancel();
    this.#again = this.#running !== undefined;
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
      if (this.#again) this.look();
    });
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closed.abort(new Error("the gateway has ended, or no longer serves this name"));
    this.#cancel();
  }

  async #look(): Promise<void> {
    let rest: number;
    try {
      rest = await this.#step();
    } catch (error) {
      this.#world.log.warn("A certificate cannot be looked after: its storage is away.", {
        name: this.name,
        error: messageOf(error),
      });
      rest = MINUTE;
    }
    if (this.#closed.signal.aborted) return;
    this.#cancel = this.#world.clock.after(Math.min(Math.max(rest, 0), LOOK_AGAIN), () => this.look());
  }

  /** Does what is to be done now; answers how long nothing is. */
  async #step(): Promise<number> {
    const { storage } = this.#world;
    await this.load();
    await this.#askAuthority();
    const due = this.#dueIn();
    if (due > 0) return due;
    const lease = await storage.lease(this.name);
    if (lease === undefined) return OTHERS_TURN;
    try {
      // Whoever had the lease before may have got it.
      await this.load();
      if (this.#dueIn() <= 0) await this.#world.inTurn(() => this.#get(lease));
    } finally {
      await lease.release();
    }
    return this.#dueIn();
  }

  /** Milliseconds until it should be got or renewed; none when it should be now. */
  #dueIn(): number {
    const now = this.#world.clock.now();
    const { lifetime } = this;
    const renewal = lifetime === undefined ? now : this.#renewAt(lifetime);
    return Math.max(renewal, this.#tries?.nextTry ?? 0) - now;
  }

  #renewAt(lifetime: Lifetime): number {
    const { renewBefore } = this.#world;
    const at = renewalTime(lifetime, renewBefore, chanceOf(this.#record), this.#suggested?.window);
    // An authority that suggests nonsense must not be asked without end.
    const youngest = (this.#record?.issuedAt ?? 0) + Math.min(DAY, (lifetime.notAfter - lifetime.notBefore) / 10);
    return Math.max(at, youngest);
  }

  /** Asks when the authority would like it to be renewed; what it does not say is of no matter. */
  async #askAuthority(): Promise<void> {
    const { clock, authority } = this.#world;
    const record = this.#record;
    if (record === undefined || clock.now() < this.#askAt) return;
    const info = await authority.renewalInfo(record.cert).catch(() => undefined);
    this.#suggested = info ?? this.#suggested;
    this.#askAt = clock.now() + (info?.askAgain ?? 6 * LOOK_AGAIN);
  }

  async #get(lease: Lease): Promise<void> {
    const { authority, solver, storage, clock, log, events } = this.#world;
    const signal = AbortSignal.any([this.#closed.signal, lease.signal]);
    try {
      const issued = await authority.issue(this.name, solver, storage, signal, this.#record?.cert);
      const record = { name: this.name, ...issued, issuedAt: clock.now(), fence: lease.fence };
      const notAfter = Date.parse(new X509Certificate(issued.cert).validTo);
      this.#tries = undefined;
      this.#take(record);
      log.info("A certificate was got.", { name: this.name, notAfter: new Date(notAfter).toISOString() });
      events.issued(this.name);
      events.changed(this.name);
      await this.#keep(record, notAfter);
    } catch (error) {
      if (!signal.aborted) await this.#failed(error);
    }
  }

  /** What cannot be kept is used all the same: getting it again would cost more. */
  async #keep(record: CertificateRecord, until: number): Promise<void> {
    const { storage, log } = this.#world;
    try {
      await storage.saveCertificate(record, until);
      await storage.saveTries(this.name, undefined);
    } catch (error) {
      log.error("A certificate could not be kept: it is lost with this process.", {
        name: this.name,
        error: messageOf(error),
      });
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { storage, clock, log, random, events } = this.#world;
    const failures = (this.#tries?.failures ?? 0) + 1;
    const retryAfter = error instanceof AuthorityError ? error.retryAfter : undefined;
    const left = this.lifetime === undefined ? undefined : (this.lifetime.notAfter - clock.now()) / 5;
    const nextTry = clock.now() + restAfter(failures, random(), retryAfter, left);
    this.#tries = { failures, nextTry, error: messageOf(error) };
    log.error("A certificate could not be got.", {
      name: this.name,
      error: this.#tries.error,
      failures,
      nextTry: new Date(nextTry).toISOString(),
    });
    events.failed(this.name);
    await storage.saveTries(this.name, this.#tries);
  }

  #take(record: CertificateRecord): void {
    this.#record = record;
    this.#parsed = new X509Certificate(record.cert);
    this.#suggested = undefined;
    this.#askAt = 0;
  }

  #state(lifetime: Lifetime | undefined): CertificateStatus["state"] {
    if (lifetime === undefined) return this.#tries === undefined ? "pending" : "failing";
    return lifetime.notAfter < this.#world.clock.now() ? "expired" : "valid";
  }
}

function timesOf({ notBefore, notAfter }: Lifetime): { readonly notBefore: string; readonly notAfter: string } {
  return { notBefore: new Date(notBefore).toISOString(), notAfter: new Date(notAfter).toISOString() };
}

/** 0 to 1, the same on all replicas for the same certificate. */
function chanceOf(record: CertificateRecord | undefined): number {
  const digest = createHash("sha256")
    .update(record?.cert ?? "")
    .digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
