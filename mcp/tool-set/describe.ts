import { isObject, type JsonObject } from "#src/core/json.ts";
import type { McpCall, ServerDescription } from "#src/core/mcp/server.ts";
import { gather, type GatherOptions } from "./gather.ts";
import type { Member } from "./member.ts";

/** The most characters of one member's instructions that are shown. */
const MOST_INSTRUCTIONS = 4000;

/** What a set says of itself: what any member that answers can do. */
export async function describeSet(
  set: GatherOptions & { readonly name: string; readonly members: readonly Member[] },
  call: McpCall,
): Promise<ServerDescription> {
  const gathered = await gather(set.members, call, set, ({ server }, own) => server.describe(own));
  const answered = gathered.flatMap((one) => ("value" in one ? [{ ...one.value, member: one.member.name }] : []));
  const instructions = answered.flatMap(({ member, instructions: text }) =>
    text === undefined || text === "" ? [] : [`# ${member}\n${text.slice(0, MOST_INSTRUCTIONS)}`],
  );
  return {
    // Of a set whose members are all away at the moment, tools may be expected when they are back.
    capabilities: answered.reduce<JsonObject>((all, { capabilities }) => united(all, capabilities), {
      tools: { listChanged: true },
    }),
    serverInfo: { name: set.name, version: "1.0.0" },
    ...(instructions.length === 0 ? {} : { instructions: instructions.join("\n\n") }),
  };
}

function united(all: JsonObject, more: JsonObject): JsonObject {
  const result = { ...all };
  for (const [key, value] of Object.entries(more)) {
    const before = result[key];
    result[key] = isObject(before) && isObject(value) ? { ...before, ...value } : value;
  }
  return result;
}
