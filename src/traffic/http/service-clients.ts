import type { Clock } from "#src/core/clock.ts";
import type { OpenServiceClient, ServiceClient, ServiceLink } from "#src/core/service-link.ts";

/** A client while it is held. */
export interface HeldClient {
  readonly client: ServiceClient;
  release(): void;
}

/** Connections to services, by how they are made: routes and configurations that name the same share them. */
export class ServiceClients {
  readonly #open: OpenServiceClient | undefined;
  readonly #clock: Clock;
  /** How long connections without a request are kept by clients that are opened from now on, in milliseconds; undefined: as usual. */
  idleTimeout: number | undefined;
  readonly #kept = new Map<string, { readonly client: ServiceClient; uses: number }>();
  /** What a link is known by: most are the same objects over many routes. */
  readonly #keys = new WeakMap<ServiceLink, string>();

  /** Without `open`, on hosts that have nothing but `fetch`. */
  constructor(clock: Clock, open: OpenServiceClient | undefined) {
    this.#clock = clock;
    this.#open = open;
  }

  /** The client of a service. Throws an Error when the host has none, or its certificates cannot be used. */
  hold(service: string, link: ServiceLink): HeldClient {
    if (this.#open === undefined)
      throw new Error("this host has no HTTP/2, TLS settings, proxies or connect limits for services");
    const { idleTimeout } = this;
    const key = `${idleTimeout ?? ""} ${this.#keyOf(service, link)}`;
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = { client: this.#open(idleTimeout === undefined ? link : { ...link, idleTimeout }, this.#clock), uses: 0 };
      this.#kept.set(key, kept);
    }
    kept.uses++;
    const held = kept;
    return { client: held.client, release: () => this.#release(key, held) };
  }

  close(): void {
    for (const { client } of this.#kept.values()) client.close();
    this.#kept.clear();
  }

  #keyOf(service: string, link: ServiceLink): string {
    let key = this.#keys.get(link);
    if (key === undefined) this.#keys.set(link, (key = JSON.stringify([service, link])));
    return key;
  }

  #release(key: string, kept: { readonly client: ServiceClient; uses: number }): void {
    if (--kept.uses > 0) return;
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
    kept.client.close();
  }
}
