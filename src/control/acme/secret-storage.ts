import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { CertificateRecord } from "./record.ts";
import type { AcmeStorage, Lease } from "./storage.ts";

/** Certificates that a cluster keeps as well. */
export interface CertificateSecrets {
  /** Whether there is a place for a name's certificate. */
  isFor(name: string): boolean;
  /** What is there. */
  read(name: string): CertificateRecord | undefined;
  /** Left out: nothing can be written there. */
  readonly writer?: {
    /** Of several replicas one writes, and gets certificates. */
    readonly leads: boolean;
    write(record: CertificateRecord): Promise<void>;
  };
}

/** What {@link withSecrets} works with. */
export interface SecretStorageOptions {
  readonly storage: AcmeStorage;
  readonly secrets: CertificateSecrets;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two tries to write the same. */
const REST = 60_000;

/**
 * A storage whose certificates are in a cluster, too: they are read back from there, and whatever is newer in the storage is put there. Times
 * of issue are fences, so that what others have put there can be told to be newer.
 */
export function withSecrets({ storage, secrets, clock, log }: SecretStorageOptions): AcmeStorage {
  const { writer } = secrets;
  /** When it was last tried in vain, by name. */
  const failed = new Map<string, number>();

  /** The newer of both. */
  async function certificate(name: string): Promise<CertificateRecord | undefined> {
    const kept = await storage.certificate(name);
    const there = secrets.read(name);
    if (kept === undefined) return there;
    if (there !== undefined && there.fence >= kept.fence) return there;
    if (writer?.leads === true && secrets.isFor(name)) await putAgain(kept);
    return kept;
  }

  /** What could not be put there at once, or was taken away. */
  async function putAgain(record: CertificateRecord): Promise<void> {
    if (clock.now() - (failed.get(record.name) ?? -REST) < REST) return;
    await write(record).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      log.error("A certificate could not be put into its Secret.", { name: record.name, problem });
    });
  }

  async function write(record: CertificateRecord): Promise<void> {
    failed.set(record.name, clock.now());
    await writer?.write(record);
    failed.delete(record.name);
  }

  return {
    ...storage,
    durable: storage.durable || writer !== undefined,
    certificate,
    async saveCertificate(record, until) {
      await storage.saveCertificate(record, until);
      if (secrets.isFor(record.name)) await write(record);
    },
    async lease(name): Promise<Lease | undefined> {
      if (!secrets.isFor(name)) return storage.lease(name);
      if (writer?.leads === false) return undefined;
      const lease = await storage.lease(name);
      if (lease === undefined) return undefined;
      const before = await certificate(name);
      const fence = Math.max(lease.fence, clock.now(), (before?.fence ?? 0) + 1);
      return { fence, signal: lease.signal, release: () => lease.release() };
    },
  };
}
