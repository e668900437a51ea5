import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { objects, type Peer } from "#tests/support/mcp/peer/peer.ts";
import { until, within } from "#tests/support/until.ts";

const WATCHED = "test://watched-resource";

/** What a client of any SDK may do with the fixture server, wherever that stands. */
export function peerContract(name: string, connect: () => Promise<Peer>): void {
  describe(name, () => {
    test("lists and calls tools", async () => {
      await using peer = await connect();
      const names = (await peer.listTools()).map((tool) => tool.name);
      expect(names).toContain("test_simple_text");
      expect(textOf(await peer.callTool("test_simple_text"))).toBe("This is a simple text response for testing.");
    });

    test("gets pictures, sounds and resources as content", async () => {
      await using peer = await connect();
      const content = await Promise.all(
        ["test_image_content", "test_audio_content", "test_embedded_resource"].map((tool) => peer.callTool(tool)),
      );
      expect(content.map(typesOf)).toEqual([["image"], ["audio"], ["resource"]]);
    });

    test("gets structured content", async () => {
      await using peer = await connect();
      await peer.listTools();
      const result = await peer.callTool("test_structured_content", { count: 21 });
      expect(result.structuredContent).toEqual({ twice: 42 });
    });

    test("sends what a tool wants repeated in a header", async () => {
      await using peer = await connect();
      await peer.listTools();
      expect(textOf(await peer.callTool("test_header_argument", { value: "Grüße" }))).toBe("value: Grüße");
    });

    test("gets a tool's failure as a result", async () => {
      await using peer = await connect();
      const result = await peer.callTool("test_error_handling");
      expect(result.isError).toBe(true);
    });

    test("lists and reads resources", async () => {
      await using peer = await connect();
      expect((await peer.listResources()).map(({ uri }) => uri)).toContain("test://static-text");
      expect((await peer.listTemplates()).map(({ uriTemplate }) => uriTemplate)).toEqual(["test://template/{id}/data"]);
      expect(await peer.readResource("test://static-text")).toEqual([
        {
          uri: "test://static-text",
          mimeType: "text/plain",
          text: "This is the content of the static text resource.",
        },
      ]);
      const [data] = await peer.readResource("test://template/7/data");
      expect(data?.text).toContain('"id":"7"');
    });

    test("is told that a resource is not there", async () => {
      await using peer = await connect();
      expect(peer.readResource("test://nowhere")).rejects.toThrow(/not found/i);
    });

    test("lists and gets prompts, and completes arguments", async () => {
      await using peer = await connect();
      expect((await peer.listPrompts()).map((prompt) => prompt.name)).toContain("test_prompt_with_arguments");
      const [message] = await peer.getPrompt("test_prompt_with_arguments", { arg1: "a", arg2: "b" });
      expect(message?.content).toEqual({ type: "text", text: "Prompt with arguments: arg1='a', arg2='b'" });
      expect(await peer.complete("test_prompt_with_arguments", "arg1", "par")).toEqual(["paris", "park", "party"]);
    });

    test("hears of progress in order, before the result", async () => {
      await using peer = await connect();
      const heard: number[] = [];
      await peer.callTool("test_tool_with_progress", {}, { onProgress: (progress) => heard.push(progress) });
      expect(heard).toEqual([0, 50, 100]);
    });

    test("gets log messages of the level it asked for", async () => {
      await using peer = await connect();
      await peer.setLogLevel("info");
      await peer.callTool("test_tool_with_logging");
      await until("three messages are there", () => peer.told.of("notifications/message").length === 3);
      expect(peer.told.of("notifications/message").map(({ data }) => data)).toEqual([
        "Tool execution started",
        "Tool processing data",
        "Tool execution completed",
      ]);
    });

    test("gets no log messages below its level", async () => {
      await using peer = await connect();
      await peer.setLogLevel("warning");
      await peer.callTool("test_tool_with_logging");
      expect(peer.told.of("notifications/message")).toEqual([]);
    });

    test("cancels a call, and the server hears of it", async () => {
      await using peer = await connect();
      const count = async (): Promise<number> => Number(textOf(await peer.callTool("test_count_cancelled")));
      const before = await count();
      const controller = new AbortController();
      const runs = Promise.withResolvers<void>();
      const call = peer.callTool("test_wait", {}, { signal: controller.signal, onProgress: () => runs.resolve() });
      call.catch(() => {});
      await within("the call's start", runs.promise);
      controller.abort();
      expect(call).rejects.toThrow();
      await until("the server has cancelled it", async () => (await count()) > before);
    });

    test("answers a server that asks its model", async () => {
      await using peer = await connect();
      expect(textOf(await peer.callTool("test_sampling", { prompt: "Capital of France?" }))).toBe(
        "LLM response: Paris",
      );
    });

    test("answers a server that asks its user", async () => {
      await using peer = await connect();
      const text = textOf(await peer.callTool("test_elicitation", { message: "Who are you?" }));
      expect(text).toStartWith("User response: action=accept");
      expect(text).toContain('"username":"ada"');
    });

    test("answers several questions at once, and rounds of them", async () => {
      await using peer = await connect();
      expect(textOf(await peer.callTool("test_input_required_result_multiple_inputs"))).toBe(
        'Paris Ada: [{"uri":"file:///work","name":"work"}]',
      );
      expect(textOf(await peer.callTool("test_input_required_result_multi_round"))).toStartWith("Ada likes");
    });

    test("answers a prompt that asks", async () => {
      await using peer = await connect();
      const [message] = await peer.getPrompt("test_input_required_result_prompt");
      expect(JSON.stringify(message?.content)).toContain("Context:");
    });

    test("hears of changed lists and resources", async () => {
      await using peer = await connect();
      await peer.watch(WATCHED);
      await peer.callTool("test_trigger_tool_change");
      await peer.told.first("notifications/tools/list_changed");
      await peer.callTool("test_trigger_prompt_change");
      await peer.told.first("notifications/prompts/list_changed");
      await peer.callTool("test_touch_resource", { uri: WATCHED });
      expect((await peer.told.first("notifications/resources/updated")).uri).toBe(WATCHED);
    });

    test("makes many calls side by side, each with its own answer", async () => {
      await using peer = await connect();
      const counts = Array.from({ length: 50 }, (_, i) => i);
      const results = await Promise.all(counts.map((count) => peer.callTool("test_structured_content", { count })));
      expect(results.map(({ structuredContent }) => structuredContent)).toEqual(
        counts.map((count) => ({ twice: count * 2 })),
      );
    });
  });
}

function blocksOf(result: JsonObject): JsonObject[] {
  return Array.isArray(result.content) ? objects(result.content) : [];
}

function typesOf(result: JsonObject): unknown[] {
  return blocksOf(result).map(({ type }) => type);
}

/** The text of a result's first block. */
function textOf(result: JsonObject): string {
  const text = blocksOf(result)[0]?.text;
  return typeof text === "string" ? text : "";
}
