import { isDeepStrictEqual } from "node:util";
import { guarded } from "#config/guarded-certificates.ts";
import type { AcmeConfig, Config, ListenerConfig } from "#config/model.ts";
import { type CertificateManager, isChallengePath } from "../control/acme/certificate-manager.ts";
import type { CertificateStatus } from "../control/acme/managed-certificate.ts";
import type { Certificate, ShownCertificates } from "../core/host.ts";

/** Opens a manager by a configuration's `acme`; it is loaded only then. */
export type OpenManager = (config: Config, changed: () => void) => Promise<CertificateManager>;

/** Certificates got for a configuration's names, with the settings they are got by. */
interface Managed {
  readonly acme: AcmeConfig;
  readonly secrets: readonly string[];
  readonly manager: CertificateManager;
}

/**
 * What listeners with TLS show: the configuration's certificates, and those got by ACME. A configuration is prepared before it is moved
 * to, then either committed or rolled back.
 */
export class Certificates {
  readonly #open: OpenManager;
  readonly #listeners = new Set<() => void>();
  #managed: Managed | undefined;
  /** That of a configuration which is being moved to. */
  #next: Managed | undefined;
  #names: readonly string[] = [];

  constructor(open: OpenManager) {
    this.#open = open;
  }

  /** Calls `changed` whenever a listener has something else to show, until the returned function is called. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  async prepare(config: Config): Promise<void> {
    const names = namesOf(config);
    this.#next = names.length === 0 ? undefined : await this.#managerFor(config);
    await this.#next?.manager.prepare(names);
    // What failed by other settings is tried at once by these.
    if (this.#managed !== undefined && this.#next?.manager !== this.#managed.manager)
      await this.#next?.manager.forgive();
    this.#names = names;
  }

  /** The configuration that was prepared is in use. */
  commit(): void {
    if (this.#managed?.manager !== this.#next?.manager) void this.#managed?.manager.close();
    this.#managed = this.#next;
    this.#managed?.manager.use(this.#names);
    this.#next = undefined;
  }

  /** The configuration that was prepared is not used. */
  rollBack(): void {
    if (this.#managed?.manager !== this.#next?.manager) void this.#next?.manager.close();
    this.#next = undefined;
  }

  /** What a listener shows now. */
  readonly shownBy = (listener: ListenerConfig): ShownCertificates => {
    const { certificates = [], asked } = listener.tls ?? {};
    const got = this.#gotFor(listener);
    return { ...got, certificates: guarded([...certificates, ...(got?.certificates ?? [])], asked) };
  };

  /** What a listener shows beside the configuration's own certificates. */
  readonly gotFor = (listener: ListenerConfig): readonly Certificate[] => this.#gotFor(listener)?.certificates ?? [];

  #gotFor({ tls }: ListenerConfig): ShownCertificates | undefined {
    const manager = (this.#next ?? this.#managed)?.manager;
    return tls?.auto === undefined ? undefined : manager?.shown(tls.auto);
  }

  /** The answer to an authority's HTTP-01 check; undefined for all that is none of ours. */
  answer(request: Request): Promise<Response | undefined> | undefined {
    const manager = this.#managed?.manager;
    // Asked of every request, so the address is not taken apart for most of them.
    if (manager === undefined || !request.url.includes("/.well-known/acme-challenge/")) return undefined;
    const { pathname } = new URL(request.url);
    return isChallengePath(pathname) ? manager.answer(pathname) : undefined;
  }

  get status(): readonly CertificateStatus[] {
    return this.#managed?.manager.status ?? [];
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#managed?.manager.close();
  }

  async #managerFor(config: Config): Promise<Managed> {
    const { acme } = config;
    const secrets = config.sessions.keys;
    const before = this.#managed;
    if (before !== undefined && isDeepStrictEqual([before.acme, before.secrets], [acme, secrets])) return before;
    const changed = (): void => {
      for (const listener of this.#listeners) listener();
    };
    return { acme, secrets, manager: await this.#open(config, changed) };
  }
}

function namesOf({ listeners }: Config): readonly string[] {
  return [...new Set(listeners.flatMap(({ tls, protocol }) => (protocol === "tcp" ? [] : (tls?.auto ?? []))))];
}
