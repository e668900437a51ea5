import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type {
  McpCall,
  McpServer,
  McpSession,
  ServerDescription,
  Subscription,
  SubscriptionFilter,
} from "#src/core/mcp/server.ts";
import { unknownTool } from "#src/core/mcp/tool.ts";
import { argumentsOf } from "./arguments.ts";
import { describeSet } from "./describe.ts";
import { gather } from "./gather.ts";
import { fieldOf, listOf, type ListName, type ListsWorld, MemberLists, type SetList } from "./lists.ts";
import type { Member } from "./member.ts";
import { ChangedArguments, MemberCall, MemberSession } from "./member-call.ts";
import { Owners } from "./owners.ts";
import type { Finder } from "./search/finder.ts";
import { SearchFront } from "./search/search-front.ts";
import { isSearch, type SearchRequest } from "./search/search-request.ts";
import { search } from "./search/search-tools.ts";
import type { SearchSettings } from "./settings.ts";

/** What a set is made of. */
export interface ToolSetParts extends ListsWorld {
  readonly name: string;
  readonly members: readonly Member[];
  /** Left out: tools are listed, however many there are. */
  readonly search?: SearchSettings & { readonly finder: Finder };
}

/** What `_meta` of a list calls the servers that are missing from it. */
const UNAVAILABLE = "sluice/unavailable";

/** Several servers as one: lists are put together, everything else goes straight to its owner. */
export class ToolSetServer implements McpServer {
  readonly #parts: ToolSetParts;
  readonly #lists: MemberLists;
  readonly #owners: Owners;

  constructor(parts: ToolSetParts) {
    this.#parts = parts;
    this.#lists = new MemberLists(parts.members, parts);
    this.#owners = new Owners(parts.members, this.#lists);
  }

  describe(call: McpCall): Promise<ServerDescription> {
    return describeSet(this.#parts, call);
  }

  front(seen: McpServer): McpServer {
    const { search: settings } = this.#parts;
    return settings === undefined ? seen : new SearchFront(seen, settings);
  }

  async handle(request: McpRequest, call: McpCall): Promise<JsonObject> {
    if (isSearch(request)) return this.#search(request);
    const { method, params } = request;
    const list = listOf(method);
    if (list !== undefined) return this.#list(list, call);
    switch (method) {
      case "tools/call":
        return this.#callTool(params, call);
      case "prompts/get": {
        const { member, own } = await this.#owners.prompt(named(params, "name"), call);
        return this.#forward(member, { method, params: { ...params, name: own } }, call);
      }
      case "resources/read":
        return this.#forward(await this.#owners.resource(named(params, "uri"), call), request, call);
      case "completion/complete": {
        const { member, ref } = await this.#owners.reference(params["ref"], call);
        return this.#forward(member, { method, params: { ...params, ref } }, call);
      }
      default:
        throw new McpError(ERROR_CODES.methodNotFound, `This server has no '${method}'.`);
    }
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const heard = new HeardCall(call, () => this.#lists.forget());
    const { clock, timeout, members } = this.#parts;
    // Not the call that a deadline ends: what is opened stays open.
    const gathered = await gather(members, call, { clock, timeout }, ({ name, server }) =>
      server.listen(filter, new MemberCall(heard, name)),
    );
    const open = gathered.flatMap((one) => ("value" in one ? [one.value] : []));
    const uris = new Set(open.flatMap(({ honoured }) => honoured.resourceSubscriptions ?? []));
    const honoured = Object.assign({}, ...open.map((one) => one.honoured)) as SubscriptionFilter;
    return {
      honoured: uris.size === 0 ? honoured : { ...honoured, resourceSubscriptions: [...uris] },
      close() {
        for (const subscription of open) subscription.close();
      },
    };
  }

  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    const { clock, timeout, members } = this.#parts;
    await gather(members, call, { clock, timeout }, (member, own) => member.server.notified?.(notification, own));
  }

  async endSession(session: McpSession): Promise<void> {
    const end = async ({ name, server }: Member): Promise<void> =>
      server.endSession?.(new MemberSession(session, name));
    await Promise.allSettled(this.#parts.members.map(end));
  }

  /** Its members are others' to close. */
  async close(): Promise<void> {}

  async #list(name: ListName, call: McpCall): Promise<JsonObject> {
    const list = await this.#lists.list(name, call);
    const { unavailable, ttl, isPublic } = list;
    return {
      [fieldOf(name)]: [...entriesOf(list)],
      ttlMs: ttl,
      cacheScope: isPublic ? "public" : "private",
      ...(unavailable.length === 0 ? {} : { _meta: { [UNAVAILABLE]: [...unavailable] } }),
    };
  }

  async #search({ params, among }: SearchRequest): Promise<JsonObject> {
    const { search: settings } = this.#parts;
    if (settings === undefined) throw unknownTool(named(params, "name"));
    return search(argumentsOf(params), among, settings.finder, settings);
  }

  async #callTool(params: JsonObject, call: McpCall): Promise<JsonObject> {
    const { member, own } = await this.#owners.tool(named(params, "name"), call);
    const args = member.ownArguments(own, argumentsOf(params));
    const request = { method: "tools/call", params: { ...params, name: own, arguments: args } };
    return this.#forward(member, request, member.changesArguments(own) ? new ChangedArguments(call) : call);
  }

  async #forward(member: Member, request: McpRequest, call: McpCall): Promise<JsonObject> {
    return member.server.handle(request, new MemberCall(call, member.name));
  }
}

/** Lets the set know of changes before its client does. */
class HeardCall extends MemberCall {
  readonly #heard: () => void;

  constructor(call: McpCall, heard: () => void) {
    super(call, "");
    this.#heard = heard;
  }

  override notify(notification: McpNotification): void {
    this.#heard();
    super.notify(notification);
  }
}

function entriesOf({ members }: SetList): readonly JsonObject[] {
  const seen = new Set<unknown>();
  // The first member's stands, when two have the same name or URI.
  return members.flatMap(({ entries }) =>
    entries.filter((entry) => {
      const key = entry["uri"] ?? entry["uriTemplate"] ?? entry["name"];
      return !seen.has(key) && seen.add(key) !== undefined;
    }),
  );
}

function named(params: JsonObject, field: string): string {
  const value = params[field];
  if (typeof value === "string") return value;
  throw new McpError(ERROR_CODES.invalidParams, `The params need a '${field}'.`);
}
