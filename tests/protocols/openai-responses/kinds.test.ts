/** Items, tools and events of every kind that OpenAI's own client knows: the compiler refuses a kind that is not here. */
import { describe, expect, test } from "bun:test";
import type {
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
  Tool,
} from "openai/resources/responses/responses";
import { fold } from "#src/core/chat-fold.ts";
import type { Codec } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

type ItemType = NonNullable<(ResponseInputItem | ResponseOutputItem)["type"]>;

/** What stands in an item of each kind; those without a `lost` have a canonical form. */
const ITEMS = {
  message: { item: { role: "user", content: "Hi" } },
  reasoning: { item: { id: "rs_1", summary: [], encrypted_content: "x" }, lost: true },
  function_call: { item: { call_id: "call_1", name: "f", arguments: "{}" } },
  function_call_output: { item: { call_id: "call_1", output: "ok" } },
  custom_tool_call: { item: { call_id: "call_1", name: "run", input: "ls" } },
  custom_tool_call_output: { item: { call_id: "call_1", output: "ok" } },
  image_generation_call: { item: { id: "ig_1", status: "completed", result: "aGk=" } },
  file_search_call: { item: { id: "fs_1", status: "completed", queries: ["a"] }, lost: true },
  computer_call: { item: { id: "cu_1", call_id: "c", status: "completed", pending_safety_checks: [] }, lost: true },
  computer_call_output: { item: { call_id: "c", output: { type: "computer_screenshot" } }, lost: true },
  web_search_call: { item: { id: "ws_1", status: "completed", action: { type: "search", query: "a" } }, lost: true },
  tool_search_call: { item: { id: "ts_1", arguments: {} }, lost: true },
  tool_search_output: { item: { tools: [] }, lost: true },
  additional_tools: { item: { tools: [], role: "developer" }, lost: true },
  configuration_update: { item: {}, lost: true },
  compaction: { item: { id: "cmp_1", encrypted_content: "x" }, lost: true },
  compaction_trigger: { item: {}, lost: true },
  code_interpreter_call: { item: { id: "ci_1", code: "1", container_id: "c", outputs: null }, lost: true },
  local_shell_call: { item: { id: "ls_1", call_id: "c", action: { type: "exec", command: ["ls"] } }, lost: true },
  local_shell_call_output: { item: { id: "ls_2", output: "ok" }, lost: true },
  shell_call: { item: { call_id: "c", action: { commands: ["ls"] } }, lost: true },
  shell_call_output: { item: { call_id: "c", output: [] }, lost: true },
  apply_patch_call: { item: { call_id: "c", operation: { type: "delete_file", path: "a" } }, lost: true },
  apply_patch_call_output: { item: { call_id: "c", status: "completed" }, lost: true },
  mcp_list_tools: { item: { id: "mcpl_1", server_label: "s", tools: [] }, lost: true },
  mcp_approval_request: { item: { id: "mcpr_1", server_label: "s", name: "f", arguments: "{}" }, lost: true },
  mcp_approval_response: { item: { approval_request_id: "mcpr_1", approve: true }, lost: true },
  mcp_call: { item: { id: "mcp_1", server_label: "s", name: "f", arguments: "{}" }, lost: true },
  item_reference: { item: { id: "msg_0" }, lost: true },
  program: { item: { id: "p_1" }, lost: true },
  program_output: { item: { id: "p_2" }, lost: true },
} as const satisfies Record<ItemType, { readonly item: object; readonly lost?: true }>;

const items = Object.entries(ITEMS).map(([type, kind]) => ({
  type,
  item: JSON.parse(JSON.stringify({ type, ...kind.item })) as JsonObject,
  lost: "lost" in kind,
}));

function asked(item: JsonObject): JsonObject {
  const tools = [{ type: "custom", name: "run" }];
  return {
    model: "gpt-5",
    store: false,
    tools,
    input: [{ role: "user", content: "Hi" }, item, { role: "user", content: "Go on" }],
  };
}

function sent(to: Codec, body: JsonObject): { value: JsonObject; lost: string[] } {
  const { value, losses } = to.request.encode(openaiResponses.request.decode(body), { model: "m", dialect: {} });
  return { value, lost: losses.filter(({ kind }) => kind === "dropped").map(({ field }) => field) };
}

describe.each(items)("an item of type $type", ({ type, item, lost }) => {
  test("is written as it was read", () => {
    const { value, lost: none } = sent(openaiResponses, asked(item));
    expect(none).toEqual([]);
    expect(Array.isArray(value.input) && value.input[1]).toMatchObject(item);
  });

  test.each([openaiChat, anthropicMessages, gemini])(
    "for $protocol it is sent or told as lost, and leaves no empty turn",
    (to) => {
      const plain = sent(to, asked({ role: "user", content: "And" })).lost;
      const { value, lost: fields } = sent(to, asked(item));
      expect(fields.filter((field) => !plain.includes(field)).length > 0).toBe(lost || !canTell(type, to));
      expect(JSON.stringify(value)).not.toMatch(/"(?:content|parts)":\[\]/);
    },
  );
});

/** What the model drew has no place in the conversations of these. */
function canTell(type: string, { protocol }: Codec): boolean {
  return type !== "image_generation_call" || protocol === "gemini";
}

const TOOLS = {
  function: true,
  custom: true,
  file_search: false,
  computer: false,
  computer_use_preview: false,
  web_search: false,
  web_search_2025_08_26: false,
  web_search_preview: false,
  web_search_preview_2025_03_11: false,
  mcp: false,
  code_interpreter: false,
  programmatic_tool_calling: false,
  image_generation: false,
  local_shell: false,
  shell: false,
  namespace: false,
  tool_search: false,
  apply_patch: false,
} as const satisfies Record<Tool["type"], boolean>;

describe.each(Object.entries(TOOLS))("a tool of type %s", (type, canonical) => {
  const tool: JsonObject = {
    type,
    name: "t",
    ...(type === "function" ? { parameters: { type: "object" }, strict: false } : {}),
  };
  const body: JsonObject = { model: "gpt-5", input: "Hi", store: false, tools: [tool] };

  test("is written as it was read", () => {
    expect(sent(openaiResponses, body).value.tools).toEqual([tool]);
  });

  test.each([openaiChat, anthropicMessages, gemini])("is sent to $protocol or told as lost", (to) => {
    expect(sent(to, body).lost.includes("tools[0]")).toBe(!canonical);
  });
});

describe("events", () => {
  type EventType = ResponseStreamEvent["type"];
  /** Events that tell only of work under way, or of what their item tells as a whole. */
  const PROGRESS = [
    "response.audio.delta",
    "response.audio.done",
    "response.audio.transcript.delta",
    "response.audio.transcript.done",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.code_interpreter_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.file_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.image_generation_call.completed",
    "response.image_generation_call.generating",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.partial_image",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.mcp_list_tools.in_progress",
    "response.web_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
  ] as const satisfies readonly EventType[];

  test.each(PROGRESS)("%s goes by", (type) => {
    const event = (data: JsonObject): { event: string; data: string } => ({ event: "", data: JSON.stringify(data) });
    const whole = { id: "resp_1", status: "completed", model: "m", output: [] };
    const decoded = decodeStream(openaiResponses, [
      event({ type: "response.created", response: { ...whole, status: "in_progress" } }),
      event({ type, item_id: "x", output_index: 0, delta: "d" }),
      event({ type: "response.completed", response: whole }),
    ]);
    expect(fold(decoded).choices).toEqual([{ content: [], finish: { unified: "stop", raw: "completed" } }]);
    expect(encodeStream(openaiResponses, decoded, responseTarget).at(-1)).toMatchObject({
      event: "response.completed",
    });
  });
});
