import type { ServiceConfig } from "#config/model.ts";
import type { ServiceClient, ServiceLink } from "../core/service-link.ts";
import type { CalloutService } from "../plugin-host/callouts.ts";
import type { HeldClient, ServiceClients } from "../traffic/http/service-clients.ts";
import { linkOf, originsOf } from "./service-link.ts";

type Services = Pick<ReadonlyMap<string, ServiceConfig>, "get">;

/**
 * The services of the running configuration as plugins ask them: over the connections that routes to them use, TLS and proxies included.
 * What is known of a service goes on over reloads while it stays the same.
 */
export class CalloutServices {
  readonly #clients: ServiceClients;
  #services: Services = new Map();
  readonly #made = new WeakMap<ServiceConfig, CalloutService>();
  /** Of the services that were asked. */
  readonly #held = new Map<ServiceConfig, HeldClient>();

  constructor(clients: ServiceClients) {
    this.#clients = clients;
  }

  /** Moves to other services; call-outs under way go on. */
  use(services: Services): void {
    this.#services = services;
    for (const [service, held] of this.#held) {
      if (services.get(service.name) === service) continue;
      this.#held.delete(service);
      held.release();
    }
  }

  /** Undefined when there is no such service. */
  find(name: string): CalloutService | undefined {
    const service = this.#services.get(name);
    if (service === undefined) return undefined;
    let made = this.#made.get(service);
    if (made === undefined) this.#made.set(service, (made = this.#make(service)));
    return made;
  }

  #make(service: ServiceConfig): CalloutService {
    const origins = originsOf(service);
    const link = linkOf(service);
    if (link === undefined) return { origins };
    // A host that has no such connections says so to who waits for the answer.
    return { origins, fetch: async (url, init) => this.#clientOf(service, link).fetch(url, init) };
  }

  #clientOf(service: ServiceConfig, link: ServiceLink): ServiceClient {
    let held = this.#held.get(service);
    if (held === undefined) this.#held.set(service, (held = this.#clients.hold(service.name, link)));
    return held.client;
  }
}
