import type {
  McpActive,
  McpConfigWorld,
  McpEntry,
  McpHost,
  McpHostWorld,
  McpParts,
  McpPlan,
  McpRoute,
} from "#src/core/mcp/host.ts";
import type { Exchange } from "#src/core/exchange.ts";
import { createEventLogs } from "#src/sessions/event-log.ts";
import { createInboxes } from "#src/sessions/inbox.ts";
import { createKeyRing } from "#src/sessions/key-ring.ts";
import { type BuildWorld, type BuiltServer, buildServer } from "./build.ts";
import { CountedStreams } from "./counted-streams.ts";
import { Endpoint, SSE_PATH } from "./endpoint.ts";
import { Asks } from "./legacy/asks.ts";
import { ControlBus } from "./legacy/control.ts";
import { Ears } from "./legacy/ears.ts";
import type { LegacyWorld } from "./legacy/deps.ts";
import { NamedServer } from "./named-server.ts";
import { gone, RelayedReply, resumeMessage } from "./resume-elsewhere.ts";
import { ServerSlot } from "./slot.ts";

/** A host of MCP servers, empty at first. */
export function createMcpHost(parts: McpParts, world: McpHostWorld): McpHost {
  return new Host(parts, world);
}

/** A server in use, or one that is about to be. */
interface Running {
  readonly entry: McpEntry;
  readonly built: BuiltServer;
  readonly slot: ServerSlot;
  readonly endpoint: Endpoint;
}

type Embedded = Parameters<McpConfigWorld["embed"]>;
type Vectors = ReturnType<McpConfigWorld["embed"]>;

class Host implements McpHost {
  readonly #parts: McpParts;
  readonly #world: McpHostWorld;
  #serving: LegacyWorld | undefined;
  #config: McpConfigWorld | undefined;
  readonly #streams: CountedStreams;
  #closeInbox: () => Promise<void> = async () => {};
  #running: ReadonlyMap<string, Running> = new Map();
  /** Why servers that were found cannot be built, by name; each is told once. */
  readonly #refused = new Map<string, string>();

  constructor(parts: McpParts, world: McpHostWorld) {
    this.#parts = parts;
    this.#world = world;
    this.#streams = new CountedStreams(world.openStream);
  }

  get active(): McpActive {
    let sessions = 0;
    for (const { endpoint } of this.#running.values()) sessions += endpoint.sessions;
    return { sessions, streams: this.#streams.held };
  }

  async prepare(entries: readonly McpEntry[], config: McpConfigWorld): Promise<McpPlan> {
    const names = new Set(entries.map(({ name }) => name));
    const find = (name: string): ServerSlot | undefined => this.#running.get(name)?.slot;
    const server = (name: string): NamedServer | undefined =>
      names.has(name) ? new NamedServer(name, find) : undefined;
    // Servers outlive configurations, and ask for what the present one has.
    const live = { ...config, embed: (...asked: Embedded): Vectors => (this.#config ?? config).embed(...asked) };
    const planned = await this.#planned(entries, { host: this.#world, config: live, server });
    return {
      routes: planned.flatMap(routesOf),
      files: new Map(planned.flatMap(({ built }) => [...built.files])),
      commit: () => {
        this.#config = config;
        this.#commit(planned);
      },
      discard: () => this.#discard(planned),
    };
  }

  async close(): Promise<void> {
    const running = [...this.#running.values()];
    this.#running = new Map();
    await Promise.all(running.map(({ endpoint }) => endpoint.close()));
    await Promise.all(running.map(({ built }) => built.server.close()));
    this.#serving?.asks.close();
    await this.#closeInbox();
    await this.#serving?.bus.close();
  }

  /** Builds what is new; when one cannot be built, what was built is thrown away. */
  async #planned(entries: readonly McpEntry[], world: BuildWorld): Promise<readonly Running[]> {
    if (entries.length === 0) return [];
    const serving = await this.#served(world.config.sessionKeys);
    const settled = await Promise.allSettled(entries.map((entry) => this.#plan(entry, world, serving)));
    const planned = settled.flatMap((one) => (one.status === "fulfilled" ? (one.value ?? []) : []));
    const failed = settled.find((one) => one.status === "rejected");
    if (failed === undefined) return planned;
    await this.#discard(planned);
    throw failed.reason;
  }

  async #plan(entry: McpEntry, world: BuildWorld, serving: LegacyWorld): Promise<Running | undefined> {
    const before = this.#running.get(entry.name);
    if (before !== undefined && sameServer(before, entry) && this.#unchanged(before.built)) return before;
    const built = await this.#build(entry, world);
    if (built === undefined) return before;
    const slot = before?.slot ?? new ServerSlot(built.seen);
    if (before !== undefined && sameAddress(before.entry, entry))
      return { entry, built, slot, endpoint: before.endpoint };
    const place = { name: entry.name, path: entry.path };
    return {
      entry,
      built,
      slot,
      endpoint: new Endpoint({ place, slot, guards: built.guards, life: entry.session }, serving),
    };
  }

  /** Undefined for one that was found and cannot be built. */
  async #build(entry: McpEntry, world: BuildWorld): Promise<BuiltServer | undefined> {
    try {
      const built = await buildServer(entry, this.#parts, world);
      this.#refused.delete(entry.name);
      return built;
    } catch (error) {
      if (entry.found !== true) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#refused.get(entry.name) !== reason) {
        this.#world.log.warn("An MCP server that a registry has cannot be built.", { server: entry.name, reason });
      }
      this.#refused.set(entry.name, reason);
      return undefined;
    }
  }

  #commit(planned: readonly Running[]): void {
    const before = this.#running;
    this.#running = new Map(planned.map((one) => [one.entry.name, one]));
    for (const { entry, built, slot, endpoint } of planned) {
      const old = before.get(entry.name);
      if (old === undefined || old.built === built) continue;
      endpoint.guard(built.guards);
      slot.replace(built.seen);
      old.built.server.retire();
      if (old.endpoint !== endpoint) void old.endpoint.close();
    }
    for (const [name, { slot, endpoint, built }] of before) {
      if (this.#running.has(name)) continue;
      slot.remove();
      void endpoint.close();
      built.server.retire();
    }
  }

  async #discard(planned: readonly Running[]): Promise<void> {
    const used = new Set(this.#running.values());
    const unused = planned.filter((one) => !used.has(one));
    const endpoints = new Set([...used].map(({ endpoint }) => endpoint));
    for (const { endpoint } of unused) if (!endpoints.has(endpoint)) await endpoint.close();
    await Promise.all(unused.map(({ built }) => built.server.close()));
  }

  /** Something for a call that waits on this replica; when none does, whoever sent it is told. */
  #resumed(text: string): void {
    const message = resumeMessage(text);
    if (message === undefined || this.#serving === undefined) return;
    const taken = [...this.#running.values()].some(({ endpoint }) => endpoint.resumed(message));
    if (!taken && message.responses !== undefined) new RelayedReply(this.#serving, message.relay).failed(gone());
  }

  #unchanged({ files }: BuiltServer): boolean {
    return [...files].every(([file, text]) => text === undefined || text === this.#textOf(file));
  }

  #textOf(file: string): string | undefined {
    try {
      return this.#world.readFile(file);
    } catch {
      return undefined;
    }
  }

  /** What every address is served with; made with the first server. */
  async #served(secrets: readonly string[]): Promise<LegacyWorld> {
    const { clock, log, store, sessionEnded } = this.#world;
    const { open: openStream } = this.#streams;
    const bus = this.#serving?.bus ?? new ControlBus(store);
    if (this.#serving === undefined) {
      const logs = createEventLogs({ store, clock });
      const [inboxes, asks, ears] = [createInboxes(logs, clock), new Asks(store, bus, clock), new Ears(clock)];
      const keys = createKeyRing({ secrets, store, clock });
      const replica = crypto.randomUUID();
      this.#serving = { clock, log, openStream, store, bus, keys, replica, logs, asks, inboxes, ears, sessionEnded };
      this.#closeInbox = inboxes.open(replica, (text) => this.#resumed(text));
    }
    // A store that is away now may be back when it is needed.
    await bus.start().catch(() => {});
    return this.#serving;
  }
}

function sameServer({ entry: before }: Running, entry: McpEntry): boolean {
  const key = ({ kind, settings, policies }: McpEntry): string => JSON.stringify([kind, settings, policies]);
  return sameAddress(before, entry) && key(before) === key(entry);
}

function sameAddress(before: McpEntry, entry: McpEntry): boolean {
  return before.path === entry.path && JSON.stringify(before.session) === JSON.stringify(entry.session);
}

/** Everything that is served for one server. */
function routesOf({ entry, built, endpoint }: Running): readonly McpRoute[] {
  const { name, path, policies } = entry;
  const open = Object.hasOwn(policies, "auth");
  const handle = (exchange: Exchange): Promise<Response> => endpoint.handle(exchange);
  const paths = [path, ...built.guards.flatMap((guard) => guard.paths ?? [])];
  const own = paths.flatMap((one) => [one, one === "/" ? SSE_PATH : one + SSE_PATH]);
  const pages = built.pages.map((page): McpRoute => {
    return { name, path: page.path, open: true, handle: async (exchange) => page.handle(exchange) };
  });
  return [...own.map((one): McpRoute => ({ name, path: one, open, handle })), ...pages];
}
