import type { McpConfigWorld, McpEntry, McpHostWorld, McpParts } from "#src/core/mcp/host.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpPage } from "#src/core/mcp/page.ts";
import type { McpGuard } from "#src/core/mcp/policy.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { RetiringServer } from "./retiring-server.ts";

/** A server as the configuration wants it, with the policies around it. */
export interface BuiltServer {
  readonly server: RetiringServer;
  /** The server as its policies let it be seen, behind its front. */
  readonly seen: McpServer;
  readonly guards: readonly McpGuard[];
  readonly pages: readonly McpPage[];
  /** The files it was made of. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** What a server is built with. */
export interface BuildWorld {
  readonly host: McpHostWorld;
  readonly config: McpConfigWorld;
  readonly server: (name: string) => McpServer | undefined;
}

/** Builds one server. Rejects with an Error that names it. */
export async function buildServer(entry: McpEntry, parts: McpParts, world: BuildWorld): Promise<BuiltServer> {
  const files = new Map<string, string | undefined>();
  const pages: McpPage[] = [];
  const guards: McpGuard[] = [];
  const own = worldOf(world, files, pages);
  try {
    const { kind, name, path, settings } = entry;
    const definition = parts.mcpKinds.find((one) => one.kind === kind);
    if (definition === undefined) throw new Error(`There is no kind of server '${kind}'.`);
    for (const policy of parts.mcpPolicies) {
      const given = Object.hasOwn(entry.policies, policy.field) ? entry.policies[policy.field] : policy.absent;
      if (given !== undefined) guards.push(await policy.create({ name, path }, given, own));
    }
    const made = await definition.create(name, settings, own);
    const closed = (): void => guards.forEach((guard) => guard.close?.());
    const server = new RetiringServer(made, closed, world.host.log);
    // The innermost policy is the last: it stands closest to the server.
    const guarded = guards.reduceRight<McpServer>((inner, guard) => guard.wrap?.(inner) ?? inner, server);
    const seen = made.front?.(guarded) ?? guarded;
    pages.push(...guards.flatMap((guard) => guard.pages ?? []));
    return { server, seen, guards, pages, files };
  } catch (error) {
    for (const guard of guards) guard.close?.();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The MCP server '${entry.name}' cannot be built: ${reason}`, { cause: error });
  }
}

/** The world of one server, which notes what it is made of. */
function worldOf(
  { host, config, server }: BuildWorld,
  files: Map<string, string | undefined>,
  pages: McpPage[],
): McpWorld {
  const { clock, log, store, fetch, transport, random } = host;
  return {
    clock,
    log,
    store,
    fetch,
    transport,
    random,
    server,
    embed: (...asked) => config.embed(...asked),
    resolvePath(path) {
      const resolved = config.resolvePath(path);
      if (!files.has(resolved)) files.set(resolved, undefined);
      return resolved;
    },
    readFile(path) {
      const resolved = config.resolvePath(path);
      const text = host.readFile(resolved);
      files.set(resolved, text);
      return text;
    },
    serve: (page) => void pages.push(page),
  };
}
