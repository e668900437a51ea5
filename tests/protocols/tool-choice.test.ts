import { expect, test } from "bun:test";
import type { ChatTool, ToolChoice } from "#src/core/chat.ts";
import { Losses } from "#src/protocols/losses.ts";
import { keptChoice } from "#src/protocols/tool-choice.ts";

const f: ChatTool = { type: "function", name: "f", inputSchema: { type: "object" } };
const search: ChatTool = { type: "native", protocol: "gemini", name: "googleSearch", value: { googleSearch: {} } };
const native: ToolChoice = { type: "native", protocol: "gemini", value: {} };
const allowed = (...names: string[]): ToolChoice => ({ type: "allowed", mode: "auto", names });
const tool = (name: string): ToolChoice => ({ type: "tool", name });

const cases: [ToolChoice, ChatTool[], ToolChoice | undefined, string[]][] = [
  [{ type: "required" }, [f, search], { type: "required" }, []],
  [{ type: "required" }, [search], undefined, ["dropped"]],
  [{ type: "required" }, [], undefined, ["dropped"]],
  [{ type: "auto" }, [search], undefined, []],
  [{ type: "none" }, [], undefined, []],
  [tool("f"), [f, search], tool("f"), []],
  [tool("googleSearch"), [f, search], undefined, ["dropped"]],
  [allowed("f", "googleSearch"), [f, search], allowed("f"), ["approximated"]],
  [allowed("googleSearch"), [f, search], undefined, ["dropped"]],
  [native, [f], undefined, ["dropped"]],
];

test.each(cases)("of %j among %j", (toolChoice, tools, kept, lost) => {
  const losses = new Losses("openai-chat");
  expect(keptChoice({ model: "m", stream: false, messages: [], tools, toolChoice }, "openai-chat", losses)).toEqual(
    kept,
  );
  expect(losses.list.map(({ kind }): string => kind)).toEqual(lost);
});

test("a vendor's own choice among its own tools stays", () => {
  const losses = new Losses("gemini");
  const request = { model: "m", stream: false, messages: [], tools: [search], toolChoice: native };
  expect(keptChoice(request, "gemini", losses)).toEqual(native);
  expect(losses.list).toEqual([]);
});
