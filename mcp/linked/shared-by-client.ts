import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import type { SharedLink, SharedServer } from "./shared-link.ts";

/** What a server may ask of a client, and so asks about. */
const ASKABLE = ["sampling", "elicitation", "roots"] as const;

/** The most kinds of clients that are told apart; there are few in practice. */
const MOST_KINDS = 32;

/** For all clients that can be asked the same things one server, which knows what it can ask. */
export class SharedByClient implements SharedServer {
  readonly #make: (capabilities: JsonObject) => SharedLink;
  readonly #links = new Map<string, SharedLink>();

  constructor(make: (capabilities: JsonObject) => SharedLink) {
    this.#make = make;
  }

  describe(call: McpCall): Promise<ServerDescription> {
    return this.#of(call).describe();
  }

  request(request: McpRequest, call: McpCall): Promise<JsonObject> {
    return this.#of(call).request(request, call);
  }

  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    return this.#of(call).listen(filter, call);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #of({ client }: McpCall): SharedLink {
    const capabilities: JsonObject = {};
    for (const name of ASKABLE) {
      const offered = client.capabilities[name];
      if (offered !== undefined) capabilities[name] = offered;
    }
    const key = JSON.stringify(capabilities);
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    // Beyond that a client is taken for one that can be asked nothing, which is always true.
    if (this.#links.size >= MOST_KINDS && key !== "{}") return this.#keep("{}", {});
    return this.#keep(key, capabilities);
  }

  #keep(key: string, capabilities: JsonObject): SharedLink {
    const link = this.#links.get(key) ?? this.#make(capabilities);
    this.#links.set(key, link);
    return link;
  }
}
