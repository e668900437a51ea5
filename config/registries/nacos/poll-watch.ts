import { pause } from "#src/core/pause.ts";
import { Retry } from "#src/core/retry.ts";
import type { RegistryConfig } from "../../model/registries.ts";
import { hostAndPort } from "../host-port.ts";
import type { Instance } from "../instances.ts";
import { reasonOf, requestJson } from "../json-request.ts";
import { KnownServices } from "../known-services.ts";
import type { RegistryListener, RegistryWatcher, RegistryWorld } from "../registry.ts";
import { Slots } from "../slots.ts";
import { watchUntilClosed } from "../watch-until-closed.ts";
import { isMapping, type Mapping } from "../../check-values.ts";
import { Credentials } from "./credentials.ts";
import { readServiceInfo } from "./entries.ts";
import { NacosRefusal } from "./refusal.ts";
import { type ServerAddress, Servers } from "./servers.ts";
import { keyOf, listServices, type NacosService, nameOf, namespaceOf } from "./services.ts";

const WHAT = "the service list";

/** An answer that takes longer has failed. */
const LIMIT = 10_000;

/** So many questions are asked at a time. */
const AT_A_TIME = 20;

/** See {@link PollWatch}. */
export function watchByPolls(
  config: RegistryConfig,
  world: RegistryWorld,
  listener: RegistryListener,
): RegistryWatcher {
  const known = new KnownServices(config, world, listener, { forgetful: true });
  return watchUntilClosed(known, (closing) => new PollWatch(config, world, known, closing).run());
}

/** Asks the HTTP API of Nacos 1 for every service in each refresh interval. */
class PollWatch {
  readonly #config: RegistryConfig;
  readonly #world: RegistryWorld;
  readonly #known: KnownServices;
  readonly #closing: AbortSignal;
  readonly #servers: Servers;
  readonly #credentials: Credentials;
  readonly #slots = new Slots(AT_A_TIME);
  /** By the services' keys. */
  #instances: ReadonlyMap<string, readonly Instance[]> = new Map();

  constructor(config: RegistryConfig, world: RegistryWorld, known: KnownServices, closing: AbortSignal) {
    this.#config = config;
    this.#world = world;
    this.#known = known;
    this.#closing = closing;
    this.#servers = new Servers(config, world, closing);
    this.#credentials = new Credentials(config, world, closing);
  }

  async run(): Promise<void> {
    const retry = new Retry(this.#world);
    let server: ServerAddress | undefined;
    while (!this.#closing.aborted) {
      let rest = this.#config.nacosRefreshInterval;
      try {
        await this.#servers.refresh();
        if (server === undefined || !this.#servers.has(server)) server = await this.#servers.next();
        await this.#poll(server);
        retry.reset();
      } catch (error) {
        this.#known.failed(WHAT, this.#credentials.hidden(reasonOf(error)));
        if (error instanceof NacosRefusal && error.forbidden) this.#credentials.forget();
        server = undefined;
        rest = retry.next();
      }
      await pause(this.#world.clock, rest, this.#closing);
    }
  }

  async #poll(server: ServerAddress): Promise<void> {
    const services = await listServices(this.#config, (...page) => this.#page(server, ...page));
    const read = await Promise.all(
      [...services].map(async ([key, service]) => [key, await this.#instancesOf(server, service)] as const),
    );
    if (this.#closing.aborted) return;
    this.#instances = new Map(read);
    this.#known.answered(WHAT);
    this.#known.tell([...this.#instances.values()].flat());
  }

  async #page(server: ServerAddress, groupName: string, page: number, size: number) {
    const parameters = { groupName, pageNo: String(page), pageSize: String(size) };
    const { count, doms } = await this.#ask(server, "service/list", { group: groupName, name: "" }, parameters);
    return { count, names: doms };
  }

  async #instancesOf(server: ServerAddress, service: NacosService): Promise<readonly Instance[]> {
    const leave = await this.#slots.take(this.#closing);
    const key = keyOf(service);
    try {
      const parameters = { serviceName: key, groupName: service.group, healthyOnly: "false" };
      const answer = await this.#ask(server, "instance/list", service, parameters);
      return readServiceInfo(answer, nameOf(service, this.#config)).instances;
    } catch (error) {
      if (!(error instanceof NacosRefusal) || error.forbidden) throw error;
      // One service must not hold the others back.
      this.#known.skipped(service.name, error.message);
      return this.#instances.get(key) ?? [];
    } finally {
      leave();
    }
  }

  async #ask(
    { host: domain, port }: ServerAddress,
    path: string,
    { group, name: service }: NacosService,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Mapping> {
    const proofs = await this.#credentials.fields({ host: domain, port }, { group, service });
    const url = new URL(`http://${hostAndPort({ domain, port })}/nacos/v1/ns/${path}`);
    const all = { ...parameters, namespaceId: namespaceOf(this.#config), ...proofs };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
    const answer = await requestJson(this.#world, { url: url.href, timeout: LIMIT, signal: this.#closing });
    if (answer.status !== 200) throw new NacosRefusal(path, answer.status, answer.text);
    if (!isMapping(answer.body)) throw new Error(`${path} was not answered with JSON`);
    return answer.body;
  }
}
