import { PNG, WAV } from "./media.ts";
import { type FixtureTool, said, shown, STRING, tool } from "./tool.ts";
import type { Turn } from "./turn.ts";

/** Long enough for two messages to be two. */
const PAUSE_MS = 50;

const pause = (turn: Turn): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, PAUSE_MS);
    turn.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/** Tools that answer by themselves. */
export const PLAIN_TOOLS: readonly FixtureTool[] = [
  tool("test_simple_text", "Says one sentence.", {}, () => said("This is a simple text response for testing.")),
  tool("test_image_content", "Shows a picture.", {}, () => ({
    content: [{ type: "image", data: PNG, mimeType: "image/png" }],
  })),
  tool("test_audio_content", "Plays a sound.", {}, () => ({
    content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }],
  })),
  tool("test_embedded_resource", "Embeds a resource.", {}, () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      },
    ],
  })),
  tool("test_multiple_content_types", "Shows text, picture and resource.", {}, () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: PNG, mimeType: "image/png" },
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: JSON.stringify({ test: "data", value: 123 }),
        },
      },
    ],
  })),
  tool("test_error_handling", "Always fails.", {}, () => ({
    ...said("This tool intentionally returns an error for testing"),
    isError: true,
  })),
  tool("test_tool_with_logging", "Logs three times.", {}, async (_, turn) => {
    await turn.log("info", "Tool execution started");
    await pause(turn);
    await turn.log("info", "Tool processing data");
    await pause(turn);
    await turn.log("info", "Tool execution completed");
    return said("Logged three times.");
  }),
  tool("test_logging_tool", "Logs once.", {}, async (_, turn) => {
    await turn.log("info", "The tool runs.");
    return said("Logged once.");
  }),
  tool("test_tool_with_progress", "Tells how far it is.", {}, async (_, turn) => {
    for (const done of [0, 50, 100]) {
      await turn.progress(done, 100);
      await pause(turn);
    }
    return said("All done.");
  }),
  tool("test_count", "Counts, a report for each number.", { to: { type: "integer" } }, async (args, turn) => {
    const to = Number(args.to);
    for (let i = 1; i <= to; i++) {
      await turn.progress(i, to);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return said(`Counted to ${to}.`);
  }),
  tool("test_reconnection", "Drops its stream and answers afterwards.", {}, async (_, turn) => {
    turn.dropStream();
    await pause(turn);
    return said("Answered after the stream was dropped.");
  }),
  tool("test_trigger_tool_change", "Tells that the list of tools has changed.", {}, async (_, turn) => {
    await turn.changed("tools");
    return said("Told.");
  }),
  tool("test_trigger_prompt_change", "Tells that the list of prompts has changed.", {}, async (_, turn) => {
    await turn.changed("prompts");
    return said("Told.");
  }),
  tool("test_touch_resource", "Tells that a resource has changed.", { uri: STRING }, async (args, turn) => {
    await turn.changed({ resource: shown(args.uri) });
    return said("Told.");
  }),
  tool(
    "test_header_argument",
    "Has an argument that clients repeat in a header.",
    { value: { type: "string", "x-mcp-header": "Value" } },
    (args) => said(`value: ${shown(args.value)}`),
  ),
  {
    definition: {
      name: "test_structured_content",
      description: "Answers with structure.",
      inputSchema: { type: "object", properties: { count: { type: "integer" } }, required: ["count"] },
      outputSchema: { type: "object", properties: { twice: { type: "integer" } }, required: ["twice"] },
    },
    call(args) {
      const structuredContent = { twice: Number(args.count) * 2 };
      return { ...said(JSON.stringify(structuredContent)), structuredContent };
    },
  },
  tool("test_wait", "Waits until it is cancelled.", {}, async (_, turn) => {
    await turn.progress(0, 1);
    await new Promise<void>((resolve) => turn.signal.addEventListener("abort", () => resolve(), { once: true }));
    cancelled++;
    return said("Cancelled.");
  }),
  tool("test_count_cancelled", "Counts the cancelled waits.", {}, () => said(String(cancelled))),
  {
    definition: {
      name: "json_schema_2020_12_tool",
      description: "Has an input schema with much of JSON Schema 2020-12.",
      inputSchema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        $defs: {
          address: {
            $anchor: "addressDef",
            type: "object",
            properties: { street: STRING, city: STRING },
          },
        },
        properties: {
          name: STRING,
          address: { $ref: "#/$defs/address" },
          contactMethod: { type: "string", enum: ["phone", "email"] },
          phone: STRING,
          email: STRING,
        },
        allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
        if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
        // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema.
        then: { required: ["phone"] },
        else: { required: ["email"] },
        additionalProperties: false,
      },
    },
    call: (args) => said(`name: ${shown(args.name)}`),
  },
];

/** Waits that were cancelled since the process began. */
let cancelled = 0;
