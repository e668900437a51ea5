import type { SrvRecord } from "node:dns";
import type { Resolver } from "node:dns/promises";
import { isServiceRecord } from "../../model/registry-addresses.ts";

/** Where a name leads, for as long as its records may be kept. */
export interface Found {
  readonly targets: readonly Target[];
  /** Milliseconds; undefined where nobody says how long. */
  readonly ttl: number | undefined;
}

/** A server that a name leads to. */
export interface Target {
  readonly host: string;
  /** Left out: the registry's. */
  readonly port?: number;
  /** Left out: as any other. */
  readonly weight?: number | undefined;
}

/** What is asked. */
export interface Question {
  readonly name: string;
  /** Leave the targets of service records as names. */
  readonly keepNames: boolean;
  /** What the system finds without DNS, as in its hosts file and by its search list; left out: only DNS is asked. */
  readonly system?: (name: string) => Promise<readonly string[]>;
}

/** Asks for a name's addresses, or its service records and theirs. Rejects with what DNS said when there are none. */
export async function lookUp(resolver: Resolver, question: Question): Promise<Found> {
  return isServiceRecord(question.name)
    ? await lookUpService(resolver, question)
    : await lookUpHost(resolver, question);
}

/** IPv4 addresses where there are any, else IPv6: not every network has a way to the latter. */
async function lookUpHost(resolver: Resolver, { name, system }: Question): Promise<Found> {
  try {
    const records = await resolver
      .resolve4(name, { ttl: true })
      .catch((reason: unknown) =>
        isNoAnswer(reason) ? resolver.resolve6(name, { ttl: true }) : Promise.reject(asError(reason)),
      );
    if (records.length === 0) throw new Error(`${name} has no addresses`);
    const ttl = 1000 * Math.min(...records.map((record) => record.ttl));
    return { targets: records.map(({ address }) => ({ host: address })), ttl };
  } catch (error) {
    const addresses = system === undefined || !isNoAnswer(error) ? [] : await system(name).catch(() => []);
    if (addresses.length === 0) throw error;
    return { targets: addresses.map((host) => ({ host })), ttl: undefined };
  }
}

/** Only the records of the first priority that is there: the others are for when those do not answer. */
async function lookUpService(resolver: Resolver, { name, keepNames }: Question): Promise<Found> {
  const records = await resolver.resolveSrv(name);
  const first = Math.min(...records.map(({ priority }) => priority));
  const used = records.filter((record) => record.priority === first && record.name !== "" && record.name !== ".");
  if (used.length === 0) throw new Error(`${name} has no service records`);
  const found = await Promise.all(used.map((record) => lookUpTarget(resolver, record, keepNames)));
  const ttls = found.flatMap(({ ttl }) => ttl ?? []);
  return { targets: found.flatMap(({ targets }) => targets), ttl: ttls.length === 0 ? undefined : Math.min(...ttls) };
}

async function lookUpTarget(resolver: Resolver, record: SrvRecord, keepNames: boolean): Promise<Found> {
  const { name, port } = record;
  // 0 is for those that are to get hardly anything; with nothing but zeros all are equal.
  const weight = Math.max(1, record.weight);
  if (keepNames) return { targets: [{ host: name, port, weight }], ttl: undefined };
  const { targets, ttl } = await lookUpHost(resolver, { name, keepNames });
  return { targets: targets.map(({ host }) => ({ host, port, weight })), ttl };
}

/** The name is not there, or has no records of the kind: another way may know it. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTFOUND" || error.code === "ENODATA");
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
