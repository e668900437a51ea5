import type { Clock } from "../../core/clock.ts";
import type { Solver } from "./authority.ts";
import { type DnsHook, recordOf, type TxtRecord } from "./dns-hook.ts";
import type { Challenge, ChallengeType } from "./record.ts";
import type { AcmeStorage } from "./storage.ts";

/** Where TXT records are set, and how it is seen that they are. */
export interface DnsWorld {
  readonly hook: DnsHook;
  /** The texts that the DNS answers for a name now; empty when it has none. */
  lookUp(name: string): Promise<readonly string[]>;
  /** Milliseconds that are waited for a record to be seen, before the authority is told to look all the same. */
  readonly propagation: number;
}

/** What challenges are put up with. */
export interface BoardOptions {
  readonly storage: AcmeStorage;
  readonly clock: Clock;
  readonly types: readonly ChallengeType[];
  readonly dns?: DnsWorld;
  /** Shows or hides a TLS-ALPN-01 challenge here. */
  readonly alpn: (name: string, challenge: Challenge | undefined) => void;
}

/** How long the other replicas have to see that a challenge was put up, in milliseconds. */
const SPREAD = 1000;

/** Between two looks for a record, in milliseconds. */
const LOOK_AGAIN = 2000;

/** Puts up challenges where an authority looks for them. */
export function challengeBoard({ storage, clock, types, dns, alpn }: BoardOptions): Solver {
  const wait = (delay: number): Promise<void> => new Promise((resolve) => void clock.after(delay, resolve));
  return {
    types,
    async putUp(challenge) {
      if (challenge.type === "dns-01") return setRecord(challenge);
      await storage.putUp(challenge);
      if (challenge.type !== "tls-alpn-01") return;
      alpn(challenge.name, challenge);
      if (storage.shared) await wait(SPREAD);
    },
    async takeDown(challenge) {
      if (challenge.type === "dns-01") return dns?.hook.remove(recordOf(challenge.name, challenge.value));
      if (challenge.type === "tls-alpn-01") alpn(challenge.name, undefined);
      await storage.takeDown(challenge);
    },
  };

  async function setRecord({ name, value }: Challenge): Promise<void> {
    if (dns === undefined) throw new Error("acme.challenges has dns-01, but there is no acme.dns");
    const record = recordOf(name, value);
    await dns.hook.present(record);
    const end = clock.monotonic() + dns.propagation;
    while (clock.monotonic() < end && !(await isSeen(record, dns))) await wait(LOOK_AGAIN);
  }
}

async function isSeen({ fqdn, value }: TxtRecord, dns: DnsWorld): Promise<boolean> {
  const texts = await dns.lookUp(fqdn.replace(/\.$/, "")).catch((): readonly string[] => []);
  return texts.includes(value);
}
