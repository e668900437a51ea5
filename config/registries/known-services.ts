import type { RegistryConfig } from "../model/registries.ts";
import type { EndpointConfig } from "../model/services.ts";
import { isOverTls } from "./service-protocol.ts";
import { type Group, grouped, type Instance } from "./instances.ts";
import type { DiscoveredService, RegistryListener, RegistryStatus, RegistryWorld } from "./registry.ts";

/** What a registry that was away may have forgotten is kept for so long after it is back, in milliseconds. */
const GRACE_MS = 30_000;

/** So many different complaints are told in all, each once. */
const MOST_COMPLAINTS = 200;

/** What differs between kinds of registries. */
export interface KnownServicesOptions {
  /** The registry keeps what it knows in memory: after a restart it is a while before it knows everything again. */
  readonly forgetful?: boolean;
  /** The name asked for in TLS, when the configuration has none. */
  readonly sni?: string;
}

/** What a watcher knows and has told, and how it does: the part that all of them have in common. */
export class KnownServices {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #listener: RegistryListener;
  readonly #options: KnownServicesOptions;
  /** Undefined until something was told. */
  #told: readonly DiscoveredService[] | undefined;
  /** What the registry said last. */
  #instances: readonly Instance[] = [];
  /** Questions that the registry does not answer at the moment. */
  readonly #unanswered = new Set<string>();
  readonly #complaints = new Set<string>();
  #answeredOnce = false;
  #wasAway = false;
  #trustedFrom = Number.NEGATIVE_INFINITY;
  #stopGrace: () => void = () => {};
  #closed = false;

  constructor(
    config: RegistryConfig,
    world: RegistryWorld,
    listener: RegistryListener,
    options: KnownServicesOptions = {},
  ) {
    this.#config = config;
    this.#world = world;
    this.#listener = listener;
    this.#options = options;
  }

  get status(): RegistryStatus {
    const { name, type } = this.#config;
    const healthy = this.#answeredOnce && this.#unanswered.size === 0 && !this.#closed;
    return { name, type, healthy, ready: this.#told !== undefined };
  }

  /** A question was answered; `what` names it among the watcher's. */
  answered(what: string): void {
    if (this.#closed) return;
    this.#answeredOnce = true;
    this.#unanswered.delete(what);
    if (!this.#wasAway || this.#unanswered.size > 0) return;
    this.#wasAway = false;
    if (this.#options.forgetful === true) this.#trustedFrom = this.#world.clock.monotonic() + GRACE_MS;
    this.#world.log.info("The registry is back.", this.#fields());
  }

  /** A question was not answered. `reason` holds no secret. */
  failed(what: string, reason: string): void {
    if (this.#closed) return;
    this.#unanswered.add(what);
    if (this.#wasAway) return;
    this.#wasAway = true;
    this.#world.log.warn("The registry is away: what it said last goes on being used.", { ...this.#fields(), reason });
  }

  /** A question is not asked any more. */
  dropped(what: string): void {
    if (this.#unanswered.delete(what) && this.#unanswered.size === 0) this.answered(what);
  }

  /** Something the registry holds is of no use; told once. */
  skipped(what: string, reason: string): void {
    const complaint = `${what}\n${reason}`;
    if (this.#closed || this.#complaints.has(complaint) || this.#complaints.size >= MOST_COMPLAINTS) return;
    this.#complaints.add(complaint);
    this.#world.log.warn("An entry of the registry is left out.", { ...this.#fields(), entry: what, reason });
  }

  /** All that the registry knows: told on when it is not what was told last. */
  tell(instances: readonly Instance[]): void {
    if (this.#closed) return;
    const wait = this.#trustedFrom - this.#world.clock.monotonic();
    const all = wait > 0 ? [...instances, ...this.#instances] : instances;
    this.#instances = all;
    this.#stopGrace();
    if (wait > 0) this.#stopGrace = this.#world.clock.after(wait, () => this.tell(instances));
    this.#tellServices(grouped(all, this.#config, (what, reason) => this.skipped(what, reason)));
  }

  /** Nothing is told or logged from now on. */
  close(): void {
    this.#closed = true;
    this.#stopGrace();
  }

  #tellServices(groups: readonly Group[]): void {
    const before = new Map(this.#told?.map((service) => [service.name, service]));
    const services = groups.map((group) => this.#unchanged(before.get(group.name), this.#service(group)));
    const same =
      this.#told?.length === services.length && services.every((service, at) => service === this.#told?.[at]);
    if (same) return;
    this.#told = services;
    this.#listener.services(services);
  }

  #service({ name, protocol, endpoints }: Group): DiscoveredService {
    const sni = this.#config.sni ?? this.#options.sni;
    return { name, protocol, endpoints, ...(sni === undefined || !isOverTls(protocol) ? {} : { sni }) };
  }

  /** The one that was told, where it says the same. */
  #unchanged(told: DiscoveredService | undefined, now: DiscoveredService): DiscoveredService {
    if (told === undefined || told.protocol !== now.protocol || told.sni !== now.sni) return now;
    return sameEndpoints(told.endpoints, now.endpoints) ? told : now;
  }

  #fields(): { readonly registry: string; readonly type: string } {
    return { registry: this.#config.name, type: this.#config.type };
  }
}

function sameEndpoints(some: readonly EndpointConfig[], others: readonly EndpointConfig[]): boolean {
  return some.length === others.length && JSON.stringify(some) === JSON.stringify(others);
}
