import type { ChatRequest, ToolChoice } from "../core/chat.ts";
import type { ProtocolName } from "../core/protocol.ts";
import type { Losses } from "./losses.ts";

/**
 * A request's choice among the tools that a protocol can be offered: tools of other vendors' own are not sent, and whoever must call one
 * of them, or any where none is left, would be refused.
 */
export function keptChoice(request: ChatRequest, protocol: ProtocolName, losses: Losses): ToolChoice | undefined {
  const { tools = [], toolChoice: choice } = request;
  if (choice === undefined) return undefined;
  const foreign = tools.filter((tool) => tool.type === "native" && tool.protocol !== protocol);
  const gone = new Set(foreign.map(({ name }) => name));
  if (choice.type === "native" ? choice.protocol !== protocol : !isPossible(choice, gone, tools.length)) {
    if (choice.type !== "auto" && choice.type !== "none") losses.dropped("tool_choice");
    return undefined;
  }
  if (choice.type !== "allowed" || gone.size === 0) return choice;
  const names = choice.names.filter((name) => !gone.has(name));
  if (names.length < choice.names.length) losses.approximated("tool_choice", "without the tools that are not sent");
  return { ...choice, names };
}

function isPossible(choice: ToolChoice, gone: ReadonlySet<string>, offered: number): boolean {
  if (offered === gone.size) return false;
  if (choice.type === "tool") return !gone.has(choice.name);
  return choice.type !== "allowed" || choice.names.some((name) => !gone.has(name));
}
