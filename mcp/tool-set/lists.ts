import type { Clock } from "#src/core/clock.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { Log } from "#src/core/log.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { gather, type Gathered, type WholeList, wholeList } from "./gather.ts";
import type { Member } from "./member.ts";

/** One of the lists of servers. */
export type ListName = "tools" | "prompts" | "resources" | "templates";

/** How a list is asked for, where it stands in the result, and how a member's entries are shown. */
interface List {
  readonly method: string;
  readonly field: string;
  readonly shown: (member: Member, all: readonly Json[]) => readonly JsonObject[];
}

const LISTS: Readonly<Record<ListName, List>> = {
  tools: { method: "tools/list", field: "tools", shown: (member, all) => member.shownTools(all) },
  prompts: { method: "prompts/list", field: "prompts", shown: (member, all) => member.shownPrompts(all) },
  resources: { method: "resources/list", field: "resources", shown: (_member, all) => all.filter(isObject) },
  templates: {
    method: "resources/templates/list",
    field: "resourceTemplates",
    shown: (_member, all) => all.filter(isObject),
  },
};

/** The field of a result that a list stands in. */
export function fieldOf(name: ListName): string {
  return LISTS[name].field;
}

/** The list a request asks for. */
export function listOf(method: string): ListName | undefined {
  return NAMES.find((name) => LISTS[name].method === method);
}

const NAMES: readonly ListName[] = ["tools", "prompts", "resources", "templates"];

/** What a member shows. */
export interface MemberEntries {
  readonly member: Member;
  readonly entries: readonly JsonObject[];
}

/** The lists of all members that answered, in the members' order. */
export interface SetList {
  readonly members: readonly MemberEntries[];
  /** Members that did not answer. */
  readonly unavailable: readonly string[];
  readonly ttl: number;
  readonly isPublic: boolean;
}

/** What lists are asked with. */
export interface ListsWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly timeout: number;
}

/** Longer than this a member's list is not believed: it may have been replaced without anybody hearing of it. In milliseconds. */
const LONGEST = 5000;

/** How many lists are kept. */
const MOST_KEPT = 1000;

/** The lists of a set's members, kept for a moment where the members allow it. */
export class MemberLists {
  readonly #members: readonly Member[];
  readonly #world: ListsWorld;
  readonly #kept = new Map<string, { readonly list: WholeList; readonly until: number }>();

  constructor(members: readonly Member[], world: ListsWorld) {
    this.#members = members;
    this.#world = world;
  }

  /** Asks all members that are not known. Who does not answer is told of, in the log and in the result. */
  async list(name: ListName, call: McpCall): Promise<SetList> {
    const { clock, timeout } = this.#world;
    const gathered = await gather(this.#members, call, { clock, timeout }, (member, own) =>
      this.#one(name, member, own),
    );
    const members = gathered.flatMap((one): MemberEntries[] => {
      return "value" in one ? [{ member: one.member, entries: LISTS[name].shown(one.member, one.value.entries) }] : [];
    });
    const failed = gathered.filter((one) => "failure" in one && !lacks(one.failure));
    for (const one of failed) this.#report(name, one);
    const lists = gathered.flatMap((one) => ("value" in one ? [one.value] : []));
    return {
      members,
      unavailable: failed.map(({ member }) => member.name),
      // Whoever was away may be back soon.
      ttl: failed.length > 0 ? 0 : Math.min(LONGEST, ...lists.map(({ ttl }) => ttl)),
      isPublic: lists.every(({ isPublic }) => isPublic),
    };
  }

  /** What a member said of a change: its lists are asked for anew. */
  forget(): void {
    this.#kept.clear();
  }

  async #one(name: ListName, member: Member, call: McpCall): Promise<WholeList> {
    const { method, field } = LISTS[name];
    const key = (subject: string): string => JSON.stringify([name, member.name, subject]);
    const known = this.#live(key("")) ?? this.#live(key(`of ${call.caller.subject}`));
    if (known !== undefined) return known;
    const list = await wholeList(member, call, method, field);
    if (list.ttl > 0) this.#keep(key(list.isPublic ? "" : `of ${call.caller.subject}`), list);
    return list;
  }

  #live(key: string): WholeList | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && kept.until > this.#world.clock.monotonic() ? kept.list : undefined;
  }

  #keep(key: string, list: WholeList): void {
    this.#kept.delete(key);
    this.#kept.set(key, { list, until: this.#world.clock.monotonic() + Math.min(list.ttl, LONGEST) });
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #report(name: ListName, gathered: Gathered<WholeList>): void {
    const failure = "failure" in gathered ? gathered.failure : undefined;
    this.#world.log.warn("A server of a tool set did not list what it has: the set goes on without.", {
      server: gathered.member.name,
      list: name,
      reason: failure instanceof Error ? failure.message : String(failure),
    });
  }
}

/** A server that has no such list has an empty one. */
function lacks(failure: unknown): boolean {
  return failure instanceof McpError && failure.code === ERROR_CODES.methodNotFound;
}
