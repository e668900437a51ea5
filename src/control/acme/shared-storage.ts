import type { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { accountRecord, certificateRecord, challengeRecord, triesRecord } from "./record.ts";
import type { CertificateRecord, Challenge } from "./record.ts";
import type { AcmeStorage, Lease, Sealer } from "./storage.ts";
import { StoreLease } from "./store-lease.ts";

/** What has no end of its own is kept for so long after its last use, in milliseconds. */
const YEAR = 365 * 24 * 3_600_000;

/** A challenge is over by then. */
const CHALLENGE_LIFE = 3_600_000;

/** A certificate is kept for so long after its end: it is shown until there is another. */
const KEPT_AFTER_END = 30 * 24 * 3_600_000;

/** What shared storage works with. */
export interface SharedStorageOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealer: Sealer;
  /** Tells the certificates of one authority from those of others. */
  readonly scope: string;
  /** Whether the store is another process', which replicas have in common. */
  readonly shared: boolean;
}

/**
 * Certificates in the store. An issue is under its own number, and the highest one counts: a replica that lost its lease without
 * noticing cannot put an older certificate over a newer one.
 */
export function createSharedStorage({ store, clock, sealer, scope, shared }: SharedStorageOptions): AcmeStorage {
  const key = (...parts: (string | number)[]): string => ["acme", scope, ...parts].join(":");
  const changes = key("changes");

  async function read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const sealed = await store.get(name);
    const text = sealed === undefined ? undefined : await sealer.open(sealed);
    return text === undefined ? undefined : parsed(text, schema);
  }
  const write = async (name: string, value: object, life: number): Promise<void> =>
    store.set(name, await sealer.seal(JSON.stringify(value)), life);

  async function issues(name: string): Promise<readonly number[]> {
    const written = await store.list(key("issues", name));
    return [...new Set(written.map(Number))].sort((a, b) => b - a);
  }

  return {
    durable: shared,
    shared,
    async certificate(name) {
      for (const fence of await issues(name)) {
        const record = await read(key("certificate", name, fence), certificateRecord);
        if (record !== undefined) return record;
      }
      return undefined;
    },
    async saveCertificate(record: CertificateRecord, until: number) {
      const { name, fence } = record;
      const life = Math.max(0, until - clock.now()) + KEPT_AFTER_END;
      await write(key("certificate", name, fence), record, life);
      await store.append(key("issues", name), [String(fence)], life);
      for (const older of (await issues(name)).filter((issue) => issue < fence)) {
        await store.remove(key("issues", name), String(older));
        await store.delete(key("certificate", name, older));
      }
      await store.publish(changes, name);
    },
    tries: (name) => read(key("tries", name), triesRecord),
    async saveTries(name, tries) {
      if (tries === undefined) await store.delete(key("tries", name));
      else await write(key("tries", name), tries, YEAR);
    },
    account: () => read(key("account"), accountRecord),
    saveAccount: (account) => write(key("account"), account, 10 * YEAR),
    lease: (name): Promise<Lease | undefined> =>
      StoreLease.take(store, clock, { lease: key("lease", name), fence: key("fence", name) }),
    async putUp(challenge) {
      await write(placeOf(challenge), challenge, CHALLENGE_LIFE);
      if (challenge.type === "tls-alpn-01") await store.publish(changes, challenge.name);
    },
    async takeDown(challenge) {
      await store.delete(placeOf(challenge));
      if (challenge.type === "tls-alpn-01") await store.publish(changes, challenge.name);
    },
    answer: async (token) => (await read(key("token", token), challengeRecord))?.value,
    alpn: (name) => read(key("alpn", name), challengeRecord),
    watch: (changed) =>
      store.subscribe(
        changes,
        (name) => changed(name),
        () => changed(undefined),
      ),
  };

  function placeOf({ type, token, name }: Challenge): string {
    return type === "tls-alpn-01" ? key("alpn", name) : key("token", token);
  }
}

/** Undefined for what another version wrote in another way. */
function parsed<T>(text: string, schema: z.ZodType<T>): T | undefined {
  const result = schema.safeParse(JSON.parse(text));
  return result.success ? result.data : undefined;
}
