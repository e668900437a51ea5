import type { Config, McpServerConfig } from "../model.ts";

type Servers = readonly McpServerConfig[];

/** What was made of two lists. */
interface Together {
  readonly own: Servers;
  readonly found: Servers;
  readonly all: Servers;
}

/** Puts MCP servers that registries have found into configurations. */
export class FoundServers {
  readonly #leftOut: (server: string, reason: string) => void;
  #last: Together | undefined;

  /** `leftOut` is told of those whose name or path is taken. */
  constructor(leftOut: (server: string, reason: string) => void) {
    this.#leftOut = leftOut;
  }

  /** The configuration with them; those that it has itself win. What has not changed is the same list as the last time. */
  over(config: Config, found: Servers): Config {
    if (found.length === 0) return config;
    const own = config.mcpServers;
    if (this.#last?.own !== own || !isSame(this.#last.found, found)) {
      this.#last = { own, found, all: [...own, ...this.#free(own, found)] };
    }
    return { ...config, mcpServers: this.#last.all };
  }

  #free(own: Servers, found: Servers): Servers {
    const names = new Set(own.map(({ name }) => name));
    const places = new Map(own.flatMap((server) => placesOf(server).map((place) => [place, server.name])));
    return found.filter((server) => {
      const wanted = placesOf(server);
      const [taken] = wanted.flatMap((place) => places.get(place) ?? []);
      if (names.has(server.name)) this.#leftOut(server.name, "there is an MCP server of this name already");
      else if (taken !== undefined) this.#leftOut(server.name, `its path ${server.path} is that of ${taken} already`);
      if (names.has(server.name) || taken !== undefined) return false;
      names.add(server.name);
      for (const place of wanted) places.set(place, server.name);
      return true;
    });
  }
}

/** Each host with the path. */
function placesOf({ path, hosts = ["*"] }: McpServerConfig): readonly string[] {
  return hosts.map((host) => `${host.toLowerCase()} ${path}`);
}

function isSame(some: Servers, others: Servers): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}
