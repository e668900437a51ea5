import type { ServiceConfig } from "#config/model.ts";
import type { ServiceClient, ServiceLink } from "../core/service-link.ts";
import type { CalloutService } from "../plugin-host/callouts.ts";
import type { HeldClient, ServiceClients } from "../traffic/http/service-clients.ts";
import type { Services } from "./live-routes.ts";
import { linkOf, originsOf } from "./service-link.ts";

/** The services of a configuration as plugins ask them: over the connections that routes to them use, TLS and proxies included. */
export class CalloutServices {
  readonly #services: Services;
  readonly #clients: ServiceClients;
  /** Made when they are asked for: most services are asked by no plugin. */
  readonly #made = new Map<string, CalloutService>();
  readonly #held: HeldClient[] = [];

  constructor(services: Services, clients: ServiceClients) {
    this.#services = services;
    this.#clients = clients;
  }

  /** Undefined when there is no such service. */
  find(name: string): CalloutService | undefined {
    const service = this.#services.get(name);
    if (service === undefined) return undefined;
    let made = this.#made.get(name);
    if (made === undefined) this.#made.set(name, (made = this.#make(service)));
    return made;
  }

  /** Call-outs under way go on. */
  close(): void {
    for (const held of this.#held.splice(0)) held.release();
  }

  #make(service: ServiceConfig): CalloutService {
    const origins = originsOf(service);
    const link = linkOf(service);
    if (link === undefined) return { origins };
    let held: HeldClient | undefined;
    const client = (): ServiceClient => (held ??= this.#hold(service.name, link)).client;
    // A host that has no such connections says so to who waits for the answer.
    return { origins, fetch: async (url, init) => client().fetch(url, init) };
  }

  #hold(name: string, link: ServiceLink): HeldClient {
    const held = this.#clients.hold(name, link);
    this.#held.push(held);
    return held;
  }
}
