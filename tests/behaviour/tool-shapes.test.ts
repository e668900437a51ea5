/** Tools that a provider does not know as the client offers them, through a gateway process. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { isObject, type Json } from "#src/core/json.ts";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import type { ReceivedRequest } from "#tests/support/fake-upstream.ts";
import { openStage } from "#tests/support/stage.ts";
import { answering, type AnswerScript, text } from "#tests/support/upstream/script.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

/** The first tool's name, as the provider was given it. */
function offered({ json }: ReceivedRequest): string {
  const tools: Json[] = Array.isArray(json.tools) ? json.tools : [];
  const tool = tools.find(isObject);
  const named = isObject(tool?.function) ? tool.function : tool;
  return typeof named?.name === "string" ? named.name : "";
}

function calling(input: string): (request: ReceivedRequest) => AnswerScript {
  return (request) => answering([{ type: "tool", id: "call_1", name: offered(request), input }]);
}

describe.each(WAYS)("%s", (_name, streamed) => {
  test("a custom tool of an OpenAI client is one in the answer of Claude, and in the next turn", async () => {
    upstream.reply(calling('{"input":"ls \\"a b\\"\\n"}'));
    upstream.reply(text("One file."));
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "List." }];
    const tools: OpenAI.ChatCompletionTool[] = [{ type: "custom", custom: { name: "run", description: "Runs." } }];
    const first = await askOpenAI(openai, { model: "claude/x", messages, tools }, streamed);
    const message = first.choices[0]?.message;
    expect(message?.tool_calls).toMatchObject([
      { id: "call_1", type: "custom", custom: { name: "run", input: 'ls "a b"\n' } },
    ]);
    if (message === undefined) throw new Error("no message");
    messages.push(message, { role: "tool", tool_call_id: "call_1", content: "a.txt" });
    await askOpenAI(openai, { model: "claude/x", messages, tools }, streamed);
    expect(JSON.stringify(upstream.last.json)).toContain('"input":{"input":"ls \\"a b\\"\\n"}');
  });

  test("a tool with a name too long for OpenAI is called by it all the same", async () => {
    const name = `mcp__${"very_long_".repeat(8)}name`;
    upstream.reply(calling("{}"));
    upstream.reply(text("Done."));
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Go." }];
    const tools: Anthropic.Tool[] = [{ name, input_schema: { type: "object", properties: {} } }];
    const params = { model: "openai/x", max_tokens: 100, messages, tools };
    const first = await askClaude(claude, params, streamed);
    expect(first.content).toMatchObject([{ type: "tool_use", id: "call_1", name }]);
    expect(offered(upstream.last)).toHaveLength(64);
    messages.push(
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "ok" }] },
    );
    const second = await askClaude(claude, params, streamed);
    expect(second.content).toMatchObject([{ type: "text", text: "Done." }]);
    expect(JSON.stringify(upstream.last.json.messages)).toContain(offered(upstream.last));
  });
});
