import type { Mapping } from "../../check-values.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import type { Instance } from "../instances.ts";
import { Slots } from "../slots.ts";
import type { Connection } from "./connection.ts";
import type { Resource } from "./credentials.ts";
import { readServiceInfo, type ServiceInfo } from "./entries.ts";
import { NacosRefusal } from "./refusal.ts";
import { keyOf, listServices, type NacosService, nameOf, namespaceOf } from "./services.ts";

/** So many questions are asked at a time. */
const AT_A_TIME = 20;

/** What subscriptions need, and whom they tell. */
export interface SubscriptionsOptions {
  readonly connection: Connection;
  readonly config: RegistryConfig;
  readonly headers: (resource: Resource) => Promise<Readonly<Record<string, string>>>;
  /** Everything that is known, whenever some of it has changed. */
  readonly tell: (instances: readonly Instance[]) => void;
  readonly skipped: (what: string, reason: string) => void;
}

/** What one connection has subscribed to, and what it was told: at first by an answer, then by pushes. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** By the services' keys; undefined for those that are being asked for. */
  readonly #known = new Map<string, ServiceInfo | undefined>();
  readonly #slots = new Slots(AT_A_TIME);
  readonly #never = new AbortController().signal;
  #complete = false;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Lists the services; subscribes to those that are new, and no more to those that are gone. Rejects when the server does not answer. */
  async refresh(): Promise<void> {
    const services = await listServices(this.#options.config, (...page) => this.#page(...page));
    const gone = [...this.#known.keys()].filter((key) => !services.has(key));
    const added = [...services.values()].filter((service) => !this.#known.has(keyOf(service)));
    for (const service of added) this.#known.set(keyOf(service), undefined);
    for (const key of gone) this.#known.delete(key);
    await Promise.all([
      ...added.map((service) => this.#inTurn(() => this.#subscribe(service))),
      ...gone.map((key) => this.#inTurn(() => this.#unsubscribe(key))),
    ]);
    const first = !this.#complete;
    this.#complete = true;
    if (first || added.length > 0 || gone.length > 0) this.#tell();
  }

  /** The server says how a service is now. */
  pushed({ groupName, serviceName, serviceInfo }: Mapping): void {
    if (typeof groupName !== "string" || typeof serviceName !== "string") return;
    const service = { group: groupName, name: serviceName };
    if (this.#known.has(keyOf(service)) && this.#take(service, serviceInfo) && this.#complete) this.#tell();
  }

  async #inTurn(run: () => Promise<void>): Promise<void> {
    const leave = await this.#slots.take(this.#never);
    try {
      await run();
    } finally {
      leave();
    }
  }

  async #page(group: string, pageNo: number, pageSize: number) {
    const body = { groupName: group, serviceName: "", pageNo, pageSize, selector: "" };
    const { count, serviceNames } = await this.#ask("ServiceListRequest", { group, name: "" }, body);
    return { count, names: serviceNames };
  }

  async #subscribe(service: NacosService): Promise<void> {
    const key = keyOf(service);
    try {
      const { serviceInfo } = await this.#ask("SubscribeServiceRequest", service, subscription(service, true));
      if (this.#known.has(key)) this.#take(service, serviceInfo);
    } catch (error) {
      if (!(error instanceof NacosRefusal) || error.forbidden) throw error;
      // One service must not hold the others back; it is asked for again with the next list.
      this.#known.delete(key);
      this.#options.skipped(service.name, error.message);
    }
  }

  async #unsubscribe(key: string): Promise<void> {
    const [group = "", name = ""] = key.split("@@");
    try {
      await this.#ask("SubscribeServiceRequest", { group, name }, subscription({ group, name }, false));
    } catch (error) {
      if (!(error instanceof NacosRefusal)) throw error;
    }
  }

  async #ask(type: string, { group, name }: NacosService, body: Mapping): Promise<Mapping> {
    const { connection, config, headers } = this.#options;
    const namespace = namespaceOf(config);
    return connection.ask(type, { ...body, namespace, module: "naming" }, await headers({ group, service: name }));
  }

  /** False for what is older than what is known: answers and pushes may overtake each other. */
  #take(service: NacosService, value: unknown): boolean {
    const known = this.#known.get(keyOf(service));
    const info = readServiceInfo(value, nameOf(service, this.#options.config));
    if (known !== undefined && known.at > info.at) return false;
    this.#known.set(keyOf(service), info);
    return true;
  }

  #tell(): void {
    this.#options.tell([...this.#known.values()].flatMap((info) => info?.instances ?? []));
  }
}

function subscription({ group, name }: NacosService, subscribe: boolean): Mapping {
  return { groupName: group, serviceName: name, subscribe, clusters: "" };
}
