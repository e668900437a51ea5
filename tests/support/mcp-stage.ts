import { z } from "zod";
import { checkValue } from "#config/issues.ts";
import { configSchema } from "#config/model.ts";
import type { Clock } from "#src/core/clock.ts";
import { systemClock } from "#src/core/clock.ts";
import type { McpSessionEnd } from "#src/core/mcp/host.ts";
import type { McpKind } from "#src/core/mcp/kind.ts";
import type { McpPolicy } from "#src/core/mcp/policy.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { Store } from "#src/core/store.ts";
import type { AccessRecord } from "#src/core/exchange.ts";
import { createGateway, type Gateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";

/** What a stage is made of. */
export interface McpStageOptions {
  /** Servers by name; each is served at `/<name>`. */
  readonly servers: Readonly<Record<string, McpServer>>;
  readonly store?: Store;
  readonly clock?: Clock;
  readonly policies?: readonly McpPolicy[];
  /** Fields of every entry, such as those of policies. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Other parts of the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A gateway in this process that serves given MCP servers on a real port. */
export interface McpStage extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly records: AccessRecord[];
  readonly sessionEnds: McpSessionEnd[];
  url(name: string): URL;
  /** Moves to other servers, or to others under the same name. */
  apply(servers: Readonly<Record<string, McpServer>>): Promise<void>;
}

/** Opens a stage. */
export async function mcpStage(options: McpStageOptions): Promise<McpStage> {
  let servers = options.servers;
  let version = 0;
  const given: McpKind<{ server: string; version: number }> = {
    kind: "given",
    schema: z.strictObject({ server: z.string(), version: z.number() }),
    create(_name, { server }) {
      const found = servers[server];
      if (found === undefined) throw new Error(`There is no server '${server}' on this stage.`);
      return found;
    },
  };
  const parts = { mcpKinds: [given], mcpPolicies: options.policies ?? [] };
  const records: AccessRecord[] = [];
  const sessionEnds: McpSessionEnd[] = [];
  const gateway = createGateway({
    registry: { ...registry, ...parts },
    clock: options.clock ?? systemClock,
    fetch: (url, init) => fetch(url, init),
    openStream: openBunStream,
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [{ done: (record) => void records.push(record) }],
    onMcpSessionEnd: (end) => void sessionEnds.push(end),
    log: { info() {}, warn() {}, error() {} },
    ...(options.store === undefined ? {} : { store: options.store }),
  });
  const apply = async (next: Readonly<Record<string, McpServer>>): Promise<void> => {
    servers = next;
    version += 1;
    const entryOf = (server: string): object => {
      const own = { name: server, path: `/${server}`, given: { server, version } };
      return { ...own, ...options.fields };
    };
    const mcpServers = Object.keys(next).map(entryOf);
    const checked = checkValue(configSchema(registry.providers, parts), { mcpServers, ...options.config });
    if (!("data" in checked)) throw new Error(checked.problems.map(({ message }) => message).join("; "));
    await gateway.apply(checked.data);
  };
  await apply(servers);
  const listener = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => gateway.fetch(request, { secure: false, remoteAddress: "127.0.0.1" }),
  });
  return {
    gateway,
    records,
    sessionEnds,
    apply,
    url: (name) => new URL(`/${name}`, listener.url),
    async [Symbol.asyncDispose]() {
      await listener.stop(true);
      await gateway.close();
    },
  };
}
