/** MCP inspector in its CLI mode. */
import { afterAll, describe, expect, test } from "bun:test";
import { inspect } from "#tests/support/mcp/peer/inspector.ts";
import { objects } from "#tests/support/mcp/peer/peer.ts";
import { startStack } from "#tests/support/mcp/stack.ts";

const stack = startStack("bun");
afterAll(async () => (await stack)[Symbol.asyncDispose]());

/** A process of the inspector takes its time on a busy machine. */
const PATIENCE_MS = 30_000;

function inspectorCases(name: string, transport: "http" | "sse", url: () => Promise<string>): void {
  describe(name, () => {
    test(
      "lists tools",
      async () => {
        const { tools } = await inspect(await url(), transport, "tools/list");
        const names = Array.isArray(tools) ? objects(tools).map((tool) => tool.name) : [];
        expect(names).toContain("test_simple_text");
      },
      PATIENCE_MS,
    );

    test(
      "calls a tool with arguments",
      async () => {
        const call = ["--tool-name", "test_structured_content", "--tool-arg", "count=4"];
        const result = await inspect(await url(), transport, "tools/call", ...call);
        expect(result.structuredContent).toEqual({ twice: 8 });
      },
      PATIENCE_MS,
    );

    test(
      "reads a resource",
      async () => {
        const { contents } = await inspect(await url(), transport, "resources/read", "--uri", "test://static-text");
        const text = Array.isArray(contents) ? objects(contents)[0]?.text : undefined;
        expect(text).toBe("This is the content of the static text resource.");
      },
      PATIENCE_MS,
    );

    test(
      "gets a prompt",
      async () => {
        const prompt = ["--prompt-name", "test_prompt_with_arguments", "--prompt-args", "arg1=a", "arg2=b"];
        const result = await inspect(await url(), transport, "prompts/get", ...prompt);
        expect(JSON.stringify(result.messages)).toContain("arg1='a', arg2='b'");
      },
      PATIENCE_MS,
    );
  });
}

inspectorCases("the inspector itself", "http", async () => (await stack).fixtures.legacy.url);
inspectorCases("the inspector through Sluice over HTTP", "http", async () => (await stack).url("modern"));
inspectorCases("the inspector through Sluice over SSE", "sse", async () => `${(await stack).url("modern")}/sse`);
