import type { Clock } from "./core/clock.ts";
import type { Host } from "./core/host.ts";
import type { Store } from "./core/store.ts";
import { LiveRoutes } from "./compile/live-routes.ts";
import { createKeyRing, type KeyRing } from "./sessions/key-ring.ts";
import { CalloutServices } from "./compile/callout-services.ts";
import { createMemoryStore } from "./store/memory.ts";
import { Reach } from "./traffic/ai/reach.ts";
import { EndpointHealth } from "./traffic/http/endpoint-health.ts";
import { ServiceClients } from "./traffic/http/service-clients.ts";
import { DeadlineWatch } from "./traffic/deadline-watch.ts";
import { CredentialHealth, type CredentialHealthOptions } from "./traffic/health.ts";

/** What outlives a reload: health, cool-downs, knowledge of upstreams. */
export interface Retained {
  readonly clock: Clock;
  readonly credentials: CredentialHealth;
  readonly reach: Reach;
  readonly endpoints: EndpointHealth;
  /** Connections to services that `fetch` cannot make. */
  readonly clients: ServiceClients;
  /** Services as plugins ask them. */
  readonly callouts: CalloutServices;
  readonly deadlines: DeadlineWatch;
  readonly routes: LiveRoutes;
  /** The one that replicas share, else this process' own. */
  readonly store: Store;
  /** What seals sessions with these secrets; the same one for as long as they are the same. */
  keyRing(secrets: readonly string[]): KeyRing;
  close(): Promise<void>;
}

/** What of the host is asked for beyond a reload. */
interface Abilities {
  readonly probe?: Host["probe"] | undefined;
  readonly openServiceClient?: Host["openServiceClient"] | undefined;
}

/** A gateway's state at its begin. */
export function createRetained(options: CredentialHealthOptions, { probe, openServiceClient }: Abilities): Retained {
  const { clock } = options;
  const credentials = new CredentialHealth(options);
  const routes = new LiveRoutes();
  const store = options.store ?? createMemoryStore({ clock });
  let ring: { readonly secrets: readonly string[]; readonly keys: KeyRing } | undefined;
  const clients = new ServiceClients(clock, openServiceClient);
  return {
    clock,
    credentials,
    reach: new Reach(clock, probe),
    endpoints: new EndpointHealth(clock),
    clients,
    callouts: new CalloutServices(clients),
    deadlines: new DeadlineWatch(clock),
    routes,
    store,
    keyRing(secrets) {
      if (ring === undefined || ring.secrets !== secrets)
        ring = { secrets, keys: createKeyRing({ secrets, store, clock }) };
      return ring.keys;
    },
    close() {
      routes.close();
      clients.close();
      return credentials.close();
    },
  };
}
