import { type Mapping, mapping } from "../../../check-values.ts";
import type { RegistryConfig } from "../../../model/registries.ts";
import { grouped } from "../../instances.ts";
import type { DiscoveredMcpServer } from "../../registry.ts";
import { isOverTls } from "../../service-protocol.ts";
import { Slots } from "../../slots.ts";
import type { Connection } from "../connection.ts";
import type { Resource } from "../credentials.ts";
import { readServiceInfo } from "../entries.ts";
import { NacosRefusal } from "../refusal.ts";
import { keyOf } from "../services.ts";
import { type ConfigKey, Configs, readKey } from "./configs.ts";
import {
  readReference,
  readReferences,
  readVersion,
  type ServiceReference,
  specKey,
  toolsKey,
  versionsKey,
} from "./kept-server.ts";
import { type KeptServer, type McpAddress, readServer } from "./read-server.ts";

/** What MCP servers are followed with, and whom that tells. */
export interface McpServersOptions {
  readonly connection: Connection;
  readonly config: RegistryConfig;
  readonly namespace: string;
  /** The connection is over. */
  readonly signal: AbortSignal;
  readonly headers: (resource: Resource) => Promise<Readonly<Record<string, string>>>;
  /** The ids of all servers. */
  readonly list: () => Promise<readonly string[]>;
  /** Everything that is known, whenever some of it may have changed. */
  readonly tell: (servers: readonly DiscoveredMcpServer[]) => void;
  readonly skipped: (what: string, reason: string) => void;
  /** Where a server's service was before, on another connection too: what has no instances for the moment stays there. */
  readonly addresses: Map<string, readonly McpAddress[]>;
}

/** What was read of one server. */
interface Followed {
  readonly read: ReadonlyMap<ConfigKey, string | undefined>;
  readonly service?: ServiceReference;
  readonly kept?: Omit<KeptServer, "addresses">;
}

/** So many servers are read at a time. */
const AT_A_TIME = 10;

/** How often a server is read again that changes while it is read. */
const MOST_READS = 5;

/** The MCP servers of a namespace, followed over one connection: by pushes, and by a list of them from time to time. */
export class McpServers {
  readonly #options: McpServersOptions;
  readonly #configs: Configs;
  readonly #followed = new Map<string, Followed>();
  readonly #slots = new Slots(AT_A_TIME);
  /** One list, or one change, after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: McpServersOptions) {
    this.#options = options;
    this.#configs = new Configs(options);
  }

  /** Rejects when the server does not answer. */
  refresh(): Promise<void> {
    return this.#next(async () => {
      const ids = new Set(await this.#options.list());
      const gone = [...this.#followed.keys()].filter((id) => !ids.has(id));
      const added = [...ids].filter((id) => !this.#followed.has(id));
      await this.#inTurns(gone, (id) => this.#forget(id));
      await this.#inTurns(added, (id) => this.#follow(id));
      this.#tell();
    });
  }

  /** The server has said something unasked. */
  pushed(type: string, body: Mapping): Promise<void> {
    if (type === "NotifySubscriberRequest") return this.#next(() => Promise.resolve(this.#moved(body)));
    const key = type === "ConfigChangeNotifyRequest" ? readKey(body) : undefined;
    if (key === undefined) return Promise.resolve();
    return this.#next(async () => {
      const users = [...this.#followed].filter(([, { read }]) => [...read.keys()].some((one) => isSame(one, key)));
      await this.#inTurns(users, ([id]) => this.#follow(id));
      this.#tell();
    });
  }

  #next(run: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #inTurns<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    await Promise.all(
      all.map(async (one) => {
        const leave = await this.#slots.take(signal);
        try {
          await run(one);
        } finally {
          leave();
        }
      }),
    );
  }

  async #follow(id: string): Promise<void> {
    for (let reads = 0; reads < MOST_READS; reads += 1) {
      const before = this.#followed.get(id);
      const now = await this.#read(id);
      this.#followed.set(id, now);
      if (before !== undefined) await this.#configs.forget(missing(before.read, now.read));
      if (now.service !== undefined) await this.#subscribe(now.service);
      if ((await this.#configs.listen(now.read)).length === 0) return;
    }
  }

  async #forget(id: string): Promise<void> {
    const followed = this.#followed.get(id);
    this.#followed.delete(id);
    if (followed === undefined) return;
    await this.#configs.forget([...followed.read.keys()]);
  }

  async #read(id: string): Promise<Followed> {
    const read = new Map<ConfigKey, string | undefined>();
    const get = async (key: ConfigKey): Promise<string | undefined> => {
      const text = await this.#configs.read(key);
      read.set(key, text);
      return text;
    };
    const version = readVersion((await get(versionsKey(id))) ?? "");
    if (version?.served !== true || !this.#isAllowed(version.name)) return { read };
    const spec = await get(specKey(id, version.version));
    if (spec === undefined) return { read };
    const written = await get(toolsKey(id, version.version));
    const { text: tools, named } = readReferences(written ?? "");
    const credentials = new Map<string, string>();
    for (const [place, key] of named) credentials.set(place, (await get(key)) ?? "");
    const service = readReference(spec, this.#options.namespace);
    return { read, kept: { spec, tools, credentials }, ...(service === undefined ? {} : { service }) };
  }

  #isAllowed(name: string): boolean {
    const { enableScopeMcpServers, allowMcpServers } = this.#options.config;
    return !enableScopeMcpServers || allowMcpServers.includes(name);
  }

  async #subscribe(service: ServiceReference): Promise<void> {
    const { connection, headers } = this.#options;
    const { name, group, namespace } = service;
    const body = { namespace, groupName: group, serviceName: name, subscribe: true, clusters: "", module: "naming" };
    try {
      const proofs = await headers({ group, service: name });
      this.#take(service, mapping(await connection.ask("SubscribeServiceRequest", body, proofs))["serviceInfo"]);
    } catch (error) {
      if (!(error instanceof NacosRefusal) || error.forbidden) throw error;
      this.#options.skipped(name, error.message);
    }
  }

  #moved({ namespace, groupName, serviceName, serviceInfo }: Mapping): void {
    for (const { service } of this.#followed.values()) {
      if (service === undefined || service.name !== serviceName || service.group !== groupName) continue;
      if (typeof namespace === "string" && namespace !== service.namespace) continue;
      this.#take(service, serviceInfo);
    }
    this.#tell();
  }

  #take(service: ServiceReference, info: unknown): void {
    const { instances } = readServiceInfo(info, service.name);
    const settings = { metadata: {}, protocol: "http" };
    const [group] = grouped(instances, settings, (what, reason) => this.#options.skipped(what, reason));
    if (group === undefined) return;
    const secure = isOverTls(group.protocol);
    const addresses = group.endpoints.map(({ host, port }) => ({ host, port, secure }));
    this.#options.addresses.set(placeOf(service), addresses);
  }

  #tell(): void {
    const servers: DiscoveredMcpServer[] = [];
    for (const [id, { kept, service }] of this.#followed) {
      if (kept === undefined) continue;
      const addresses = service === undefined ? [] : (this.#options.addresses.get(placeOf(service)) ?? []);
      const server = readServer({ ...kept, addresses }, this.#options.config);
      if (server === undefined) continue;
      if ("reason" in server) this.#options.skipped(id, server.reason);
      else servers.push(server);
    }
    this.#options.tell(servers.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
}

function placeOf({ namespace, ...service }: ServiceReference): string {
  return `${namespace}/${keyOf(service)}`;
}

function isSame(one: ConfigKey, other: ConfigKey): boolean {
  return one.dataId === other.dataId && one.group === other.group;
}

/** What was read before and is no longer. */
function missing(before: Followed["read"], now: Followed["read"]): readonly ConfigKey[] {
  const keys = [...now.keys()];
  return [...before.keys()].filter((key) => !keys.some((one) => isSame(one, key)));
}
