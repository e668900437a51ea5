import { type Add, entries, isMapping, type Mapping, strings } from "./check-values.ts";

/** What must hold between the entries of `mcpServers`: their paths, and what tool sets are made of. */

/** Every server has a path of its own; on hosts of its own, it may be that of another. */
export function mcpPaths(config: Mapping, add: Add): void {
  const seen = new Map<string, number>();
  for (const [index, { path, hosts }] of entries(config["mcpServers"])) {
    if (typeof path !== "string") continue;
    const at = ["mcpServers", index, "path"];
    if (!/^\/[^?#\s]*$/.test(path) || (path.length > 1 && path.endsWith("/"))) {
      add(at, "must be a path such as /mcp/weather, without a slash at its end");
      continue;
    }
    for (const host of hostsOf(hosts)) {
      const place = `${host.toLowerCase()} ${path}`;
      const first = seen.get(place);
      if (first !== undefined) {
        add(at, `is the path of mcpServers[${first}] already`);
        break;
      }
      seen.set(place, index);
    }
  }
}

function hostsOf(hosts: unknown): readonly string[] {
  const named = strings(hosts).map(([, host]) => host);
  return named.length === 0 ? ["*"] : named;
}

/** Tool sets name servers that are there, and none contains itself, however far around. */
export function mcpSets(config: Mapping, add: Add): void {
  const servers = entries(config["mcpServers"]);
  const members = new Map(servers.map(([, server]) => [server["name"], membersOf(server)]));
  for (const [index, server] of servers) {
    const inList = Array.isArray(server["toolSet"]);
    for (const [position, name] of membersOf(server).entries()) {
      const at = ["mcpServers", index, "toolSet", ...(inList ? [] : ["servers"]), position, "server"];
      if (typeof name !== "string") continue;
      if (!members.has(name)) add(at, "there is no MCP server of this name", "name an entry of mcpServers");
      else if (reaches(name, server["name"], members)) add(at, "leads back to this tool set itself");
    }
  }
}

function membersOf({ toolSet }: Mapping): readonly unknown[] {
  const list = isMapping(toolSet) ? toolSet["servers"] : toolSet;
  return entries(list).map(([, { server }]) => server);
}

function reaches(from: unknown, to: unknown, members: ReadonlyMap<unknown, readonly unknown[]>): boolean {
  const seen = new Set<unknown>();
  const waiting = [from];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(members.get(next) ?? []));
  }
  return false;
}
