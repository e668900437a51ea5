import type { RegistryConfig } from "../../model/registries.ts";
import { hostAndPort } from "../host-port.ts";
import type { Instance } from "../instances.ts";
import { type JsonAnswer, reasonOf } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryStatus, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { runQuery } from "./blocking-query.ts";
import { instancesOf, serviceNames } from "./entries.ts";
import { Slots } from "../slots.ts";

/** Consul takes 200 connections of one client: so many services are watched at a time, more than that in turns. */
const MOST_AT_A_TIME = 150;

/** How long Consul waits for a change, in milliseconds: also how long a connection that is dead goes unnoticed. */
const WAIT_MS = 60_000;

const CATALOG = "the catalog";

/** Consul answered, and said no. */
class Refusal extends Error {}

/** A service of the catalog. */
interface Watched {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  /** Undefined until Consul has said something of it. */
  instances: readonly Instance[] | undefined;
}

/** Watches the catalog, and each service in it that has the tag. */
export class ConsulWatch implements RegistryWatcher {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #services = new Map<string, Watched>();
  readonly #slots = new Slots(MOST_AT_A_TIME);
  readonly #closing = new AbortController();
  readonly #catalog: Promise<void>;
  /** False once Consul has said that it has no namespaces: only its Enterprise edition has. */
  #namespaces = true;

  constructor(config: RegistryConfig, world: RegistryWorld, listener: RegistryListener) {
    this.#config = config;
    this.#world = world;
    this.#known = new KnownServices(config, world, listener);
    this.#catalog = runQuery(world, {
      url: () => this.#url("/v1/catalog/services"),
      headers: this.#headers(),
      wait: () => WAIT_MS,
      leave: () => Promise.resolve(() => {}),
      signal: this.#closing.signal,
      answered: (answer) => this.#listed(answer),
      failed: (error) => this.#known.failed(CATALOG, reasonOf(error)),
    });
  }

  get status(): RegistryStatus {
    return this.#known.status;
  }

  async close(): Promise<void> {
    this.#known.close();
    this.#closing.abort();
    for (const { abort } of this.#services.values()) abort.abort();
    await Promise.all([this.#catalog, ...[...this.#services.values()].map(({ ended }) => ended)]);
  }

  #listed(answer: JsonAnswer): void {
    this.#check(answer);
    const names = new Set(serviceNames(answer.body, this.#tag()));
    this.#known.answered(CATALOG);
    for (const [name, { abort }] of this.#services) {
      if (names.has(name)) continue;
      abort.abort();
      this.#services.delete(name);
      this.#known.dropped(name);
    }
    for (const name of names) if (!this.#services.has(name)) this.#watch(name);
    this.#tell();
  }

  #watch(name: string): void {
    const abort = new AbortController();
    const ended = runQuery(this.#world, {
      url: () => this.#url(`/v1/health/service/${encodeURIComponent(name)}`, { passing: "1" }),
      headers: this.#headers(),
      wait: () => this.#wait(),
      leave: (signal) => this.#slots.take(signal),
      signal: abort.signal,
      answered: (answer) => this.#heard(name, answer),
      failed: (error) => this.#failed(name, error),
    });
    this.#services.set(name, { abort, ended, instances: undefined });
  }

  #heard(name: string, answer: JsonAnswer): void {
    this.#check(answer);
    const watched = this.#services.get(name);
    if (watched === undefined) return;
    const { consulDatacenter } = this.#config;
    watched.instances = instancesOf(answer.body, this.#tag(), (found) => nameOf(name, consulDatacenter ?? found));
    this.#known.answered(name);
    this.#tell();
  }

  #failed(name: string, error: unknown): void {
    this.#known.failed(name, reasonOf(error));
    const watched = this.#services.get(name);
    if (watched === undefined || watched.instances !== undefined || !(error instanceof Refusal)) return;
    // One service that Consul keeps to itself must not hold the others back.
    watched.instances = [];
    this.#tell();
  }

  /** Nothing is told before Consul has said something of every service. */
  #tell(): void {
    const all: Instance[] = [];
    for (const { instances } of this.#services.values()) {
      if (instances === undefined) return;
      all.push(...instances);
    }
    this.#known.tell(all);
  }

  /** With more services than may be watched at a time, each is looked at once in a refresh interval. */
  #wait(): number {
    const count = this.#services.size;
    return count <= MOST_AT_A_TIME ? WAIT_MS : (this.#config.consulRefreshInterval * MOST_AT_A_TIME) / count;
  }

  #check({ status, text }: JsonAnswer): void {
    if (status === 200) return;
    if (status === 400 && this.#namespaces && text.includes("Namespaces are a Consul Enterprise feature")) {
      this.#namespaces = false;
      this.#known.skipped("consulNamespace", "this Consul has no namespaces");
    }
    throw new Refusal(`it answered with ${status}: ${text.slice(0, 200).trim()}`);
  }

  #url(path: string, parameters: Readonly<Record<string, string>> = {}): URL {
    const url = new URL(`http://${hostAndPort(this.#config)}${path}`);
    const { consulDatacenter: dc, consulNamespace: ns } = this.#config;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    if (dc !== undefined) url.searchParams.set("dc", dc);
    if (ns !== undefined && this.#namespaces) url.searchParams.set("ns", ns);
    return url;
  }

  #headers(): Readonly<Record<string, string>> {
    const token = this.#config.auth["consulToken"];
    return token === undefined ? {} : { "x-consul-token": token };
  }

  #tag(): string | undefined {
    const tag = this.#config.consulServiceTag?.trim();
    return tag === "" ? undefined : tag;
  }
}

/** As Higress names it: `SERVICE.DATACENTER.consul`, without underscores. */
function nameOf(service: string, datacenter: string): string {
  return `${service}.${datacenter}.consul`.replaceAll("_", "-");
}
