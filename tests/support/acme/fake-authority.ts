import type { AccountKeeper, Authority, Issued, Solver } from "#src/control/acme/authority.ts";
import type { RenewalInfo } from "#src/control/acme/renewal-info.ts";
import type { Clock } from "#src/core/clock.ts";
import { madeCertificate } from "./made-certificate.ts";

const DAY = 24 * 3_600_000;

/** An authority that a test tells what to do. */
export class FakeAuthority implements Authority {
  /** The names asked for, in their order. */
  readonly asked: string[] = [];
  /** What is given for the next questions, one each; after them certificates of 90 days. */
  readonly failures: Error[] = [];
  info: RenewalInfo | undefined;
  /** Called before a certificate is given. */
  before: (signal: AbortSignal, solver: Solver) => Promise<void> = () => Promise.resolve();
  replaced: (string | undefined)[] = [];
  lifetime: number = 90 * DAY;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async issue(name: string, solver: Solver, _: AccountKeeper, signal: AbortSignal, replaces?: string): Promise<Issued> {
    this.asked.push(name);
    this.replaced.push(replaces);
    await this.before(signal, solver);
    signal.throwIfAborted();
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const now = this.#clock.now();
    return madeCertificate({ name, notBefore: now, notAfter: now + this.lifetime });
  }

  renewalInfo(): Promise<RenewalInfo | undefined> {
    return Promise.resolve(this.info);
  }
}
