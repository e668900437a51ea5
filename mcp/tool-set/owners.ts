import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { unknownTool } from "#src/core/mcp/tool.ts";
import type { MemberLists } from "./lists.ts";
import type { Member } from "./member.ts";

/** A member and what it calls the thing itself. */
export interface Owned {
  readonly member: Member;
  readonly own: string;
}

/** Finds whose something is by the name it is shown under. */
export class Owners {
  readonly #members: readonly Member[];
  readonly #lists: MemberLists;

  constructor(members: readonly Member[], lists: MemberLists) {
    this.#members = members;
    this.#lists = lists;
  }

  /** A tool's owner: by its name alone where that is enough. Throws an McpError when nobody has it. */
  async tool(name: string, call: McpCall): Promise<Owned> {
    const candidates = this.#candidates((member) => member.ownTool(name));
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return only;
    if (only === undefined) throw unknownTool(name);
    const { members } = await this.#lists.list("tools", call);
    const owner = members.find(({ entries }) => entries.some((entry) => entry["name"] === name))?.member;
    const found = candidates.find(({ member }) => member === owner);
    if (found === undefined) throw unknownTool(name);
    return found;
  }

  /** A prompt's owner. Throws an McpError when nobody has it. */
  async prompt(name: string, call: McpCall): Promise<Owned> {
    const candidates = this.#candidates((member) => member.ownPrompt(name));
    if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
    const { members } = await this.#lists.list("prompts", call);
    const owner = members.find(({ entries }) => entries.some((entry) => entry["name"] === name))?.member;
    const found = candidates.find(({ member }) => member === owner);
    if (found === undefined)
      throw new McpError(ERROR_CODES.invalidParams, `There is no prompt '${name.slice(0, 128)}'.`);
    return found;
  }

  /** The member that lists a resource or a template that makes it. Throws an McpError when nobody does. */
  async resource(uri: string, call: McpCall): Promise<Member> {
    const listed = await this.#lists.list("resources", call);
    const owner = listed.members.find(({ entries }) => entries.some((entry) => entry["uri"] === uri));
    if (owner !== undefined) return owner.member;
    const templates = await this.#lists.list("templates", call);
    const maker = templates.members.find(({ entries }) => entries.some((entry) => makes(entry, uri)));
    if (maker !== undefined) return maker.member;
    throw new McpError(ERROR_CODES.invalidParams, `There is no resource '${uri.slice(0, 256)}'.`, {
      uri: uri.slice(0, 256),
    });
  }

  /** What a `completion/complete` is about, with the reference as its owner knows it. Throws an McpError. */
  async reference(
    ref: Json | undefined,
    call: McpCall,
  ): Promise<{ readonly member: Member; readonly ref: JsonObject }> {
    const { type, name, uri } = isObject(ref) ? ref : {};
    if (isObject(ref) && type === "ref/prompt" && typeof name === "string") {
      const { member, own } = await this.prompt(name, call);
      return { member, ref: { ...ref, name: own } };
    }
    if (isObject(ref) && type === "ref/resource" && typeof uri === "string")
      return { member: await this.resource(uri, call), ref };
    throw new McpError(ERROR_CODES.invalidParams, "The 'ref' must name a prompt or a resource.");
  }

  #candidates(ownOf: (member: Member) => string | undefined): Owned[] {
    return this.#members.flatMap((member) => {
      const own = ownOf(member);
      return own === undefined ? [] : [{ member, own }];
    });
  }
}

/** Whether a URI is one that a template makes (RFC 6570, read generously), or the template itself. */
function makes({ uriTemplate }: JsonObject, uri: string): boolean {
  if (typeof uriTemplate !== "string") return false;
  if (uriTemplate === uri) return true;
  const literal = uriTemplate.split(/\{[^{}]*\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "s").test(uri);
}
