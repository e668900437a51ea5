import type { Clock } from "../../core/clock.ts";
import type { Certificate, ShownCertificates } from "../../core/host.ts";
import type { Log } from "../../core/log.ts";
import type { Authority } from "./authority.ts";
import { challengeBoard, type DnsWorld } from "./challenge-board.ts";
import {
  type CertificateStatus,
  ManagedCertificate,
  type ManagedEvents,
  type ManagedWorld,
} from "./managed-certificate.ts";
import type { Challenge, ChallengeType } from "./record.ts";
import type { AcmeStorage } from "./storage.ts";

/** What a manager works with. */
export interface ManagerOptions {
  readonly storage: AcmeStorage;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** See {@link ManagedWorld}. */
  readonly renewBefore: number;
  /** The preferred one first. */
  readonly challenges: readonly ChallengeType[];
  readonly dns?: DnsWorld;
  /** Shown for names that have no certificate yet. */
  readonly placeholder: { readonly cert: string; readonly key: string };
  readonly events: Omit<ManagedEvents, "changed">;
  /** Listeners have something else to show. */
  readonly changed: () => void;
}

/** So many certificates are got at a time. */
const AT_A_TIME = 2;

const WELL_KNOWN = "/.well-known/acme-challenge/";

/** Keeps the certificates of all names that are wanted. */
export class CertificateManager {
  readonly #options: ManagerOptions;
  readonly #world: ManagedWorld;
  readonly #managed = new Map<string, ManagedCertificate>();
  readonly #challenges = new Map<string, Challenge>();
  #unwatch: Promise<() => Promise<void>> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    const { storage, clock, challenges: types, dns, changed } = options;
    const alpn = (name: string, challenge: Challenge | undefined): void => this.#showChallenge(name, challenge);
    const solver = challengeBoard({ storage, clock, types, alpn, ...(dns === undefined ? {} : { dns }) });
    const events = { ...options.events, changed: () => changed() };
    this.#world = { ...options, solver, events, inTurn: limited(AT_A_TIME) };
  }

  /** Takes what is stored for names that are new, so that it can be shown. A storage that is away is told of, and asked again later. */
  async prepare(names: readonly string[]): Promise<void> {
    const { storage, log } = this.#options;
    this.#unwatch ??= storage.watch((name) => this.#changedElsewhere(name));
    // A store that cannot be reached says so in what is read below.
    this.#unwatch.catch(() => (this.#unwatch = undefined));
    const added = names
      .filter((name) => !this.#managed.has(name))
      .map((name) => new ManagedCertificate(name, this.#world));
    for (const managed of added) this.#managed.set(managed.name, managed);
    const loads = await Promise.allSettled(added.map((managed) => managed.load()));
    const failed = loads.find((load) => load.status === "rejected");
    if (failed !== undefined) log.warn("Certificates cannot be read.", { error: String(failed.reason) });
  }

  /** Forgets failures, and the rests after them. */
  async forgive(): Promise<void> {
    await Promise.allSettled([...this.#managed.values()].map((managed) => managed.forgive()));
  }

  /** From now on these names have certificates, and no others. */
  use(names: readonly string[]): void {
    const { log } = this.#options;
    const wanted = new Set(names);
    for (const [name, managed] of this.#managed) {
      if (wanted.has(name)) continue;
      managed.close();
      this.#managed.delete(name);
    }
    const without = names.filter((name) => this.#managed.get(name)?.record === undefined);
    if (without.length > 0)
      log.warn("A self-signed certificate is shown until there is one by ACME.", { names: without });
    for (const managed of this.#managed.values()) managed.look();
  }

  /** The certificates there are, by name. */
  get certificates(): ReadonlyMap<string, Certificate> {
    const all = [...this.#managed.values()].flatMap(({ name, record }): [string, Certificate][] =>
      record === undefined ? [] : [[name, { cert: record.cert, key: record.key, hosts: [name] }]],
    );
    return new Map(all);
  }

  /** What a listener shows for these names. */
  shown(names: readonly string[]): ShownCertificates {
    const { certificates } = this;
    const { placeholder } = this.#options;
    const without = names.filter((name) => !certificates.has(name));
    const own = names.flatMap((name) => certificates.get(name) ?? []);
    const challenges = names.flatMap((name): Certificate[] => {
      const certificate = this.#challenges.get(name)?.certificate;
      return certificate === undefined ? [] : [{ ...certificate, hosts: [name] }];
    });
    return {
      certificates: without.length === 0 ? own : [...own, { ...placeholder, hosts: without }],
      ...(challenges.length === 0 ? {} : { challenges }),
    };
  }

  /** The answer to an HTTP-01 check; undefined for all other requests, and for checks of somebody else's. */
  async answer(path: string): Promise<Response | undefined> {
    const token = path.slice(WELL_KNOWN.length);
    if (!path.startsWith(WELL_KNOWN) || !/^[\w-]{1,200}$/.test(token)) return undefined;
    const value = await this.#options.storage.answer(token).catch(() => undefined);
    return value === undefined ? undefined : new Response(value, { headers: { "content-type": "text/plain" } });
  }

  get status(): readonly CertificateStatus[] {
    return [...this.#managed.values()].map(({ status }) => status);
  }

  async close(): Promise<void> {
    for (const managed of this.#managed.values()) managed.close();
    this.#managed.clear();
    const unwatch = await this.#unwatch?.catch(() => undefined);
    await unwatch?.();
  }

  #changedElsewhere(name: string | undefined): void {
    const names = name === undefined ? [...this.#managed.keys()] : [name];
    for (const one of names) {
      this.#managed.get(one)?.look();
      if (this.#options.challenges.includes("tls-alpn-01")) void this.#loadChallenge(one);
    }
  }

  async #loadChallenge(name: string): Promise<void> {
    const challenge = await this.#options.storage.alpn(name).catch(() => undefined);
    if (challenge?.token !== this.#challenges.get(name)?.token) this.#showChallenge(name, challenge);
  }

  #showChallenge(name: string, challenge: Challenge | undefined): void {
    if (challenge === undefined) this.#challenges.delete(name);
    else this.#challenges.set(name, challenge);
    this.#options.changed();
  }
}

/** Whether a request may be an HTTP-01 check. */
export function isChallengePath(path: string): boolean {
  return path.startsWith(WELL_KNOWN);
}

/** Runs so many at a time, the others after them. */
function limited(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= most) await new Promise<void>((resolve) => void waiting.push(resolve));
    else running++;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
