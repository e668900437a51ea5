import { describe, expect, test } from "bun:test";
import type { AccessRecord, McpRecord } from "#src/core/exchange.ts";
import { McpMetrics } from "#src/observe/mcp.ts";
import { Metrics } from "#src/observe/metrics.ts";
import { record } from "./records.ts";

const CALL: McpRecord = { server: "shop", version: "2025-11-25", method: "tools/call", tool: "buy" };

const { provider: _provider, usage: _usage, ...plain } = record({ route: "shop", attempts: [] });

function asked(mcp: Partial<McpRecord> = {}, changes: Partial<AccessRecord> = {}): AccessRecord {
  return { ...plain, startedAt: 1000, endedAt: 1030, mcp: { ...CALL, ...mcp }, ...changes };
}

/** The exposition after these records, its operations' counts by what tells them apart. */
function after(records: readonly AccessRecord[]): { text: string; counts: string[] } {
  const metrics = new Metrics();
  const mcp = new McpMetrics(metrics, () => ({ sessions: 3, streams: 2 }));
  for (const one of records) mcp.done(one);
  mcp.sessionEnded({ server: "shop", version: "2025-06-18", seconds: 61 });
  const text = metrics.expose();
  const counts = text.split("\n").flatMap((line) => {
    const [, labels, count] = /^mcp_server_operation_duration_seconds_count\{(.*)\} (\d+)$/.exec(line) ?? [];
    if (labels === undefined) return [];
    const said = labels.split('",').filter((label) => !label.endsWith('="') && !label.endsWith('=""'));
    return [`${said.map((label) => label.replace(/^.*="/, "").replace(/"$/, "")).join(" ")}: ${count}`];
  });
  return { text, counts };
}

test("a tool's call, with the conventions' names and buckets", () => {
  const { text } = after([asked()]);
  const labels =
    'mcp_server="shop",mcp_method_name="tools/call",mcp_protocol_version="2025-11-25",gen_ai_operation_name="execute_tool",gen_ai_tool_name="buy",gen_ai_prompt_name="",rpc_response_status_code="",error_type=""';
  expect(text).toContain(`mcp_server_operation_duration_seconds_sum{${labels}} 0.03\n`);
  const bounds = [...text.matchAll(/^mcp_server_operation_duration_seconds_bucket\{.*le="([^"]+)"\} (\d)$/gm)];
  expect(bounds.map(([, bound, count]) => `${bound} ${count}`).join(", ")).toBe(
    "0.01 0, 0.02 0, 0.05 1, 0.1 1, 0.2 1, 0.5 1, 1 1, 2 1, 5 1, 10 1, 30 1, 60 1, 120 1, 300 1, +Inf 1",
  );
});

test("sessions and what is under way", () => {
  const { text } = after([]);
  expect(text).toContain(
    'mcp_server_session_duration_seconds_bucket{mcp_server="shop",mcp_protocol_version="2025-06-18",le="120"} 1\n',
  );
  expect(text).toContain(
    'mcp_server_session_duration_seconds_sum{mcp_server="shop",mcp_protocol_version="2025-06-18"} 61\n',
  );
  expect(text).toContain("sluice_mcp_active_sessions 3\n");
  expect(text).toContain("sluice_mcp_active_streams 2\n");
});

test.each<[string, AccessRecord, string]>([
  ["a JSON-RPC error", asked({ error: -32602 }), "shop tools/call 2025-11-25 execute_tool buy -32602 -32602: 1"],
  ["a tool's own failure", asked({ toolError: true }), "shop tools/call 2025-11-25 execute_tool buy tool_error: 1"],
  ["a refusal", asked({}, { status: 429 }), "shop tools/call 2025-11-25 execute_tool buy 429: 1"],
  [
    "a fault of the gateway",
    asked({}, { status: 502, fault: "upstream_unreachable" }),
    "shop tools/call 2025-11-25 execute_tool buy upstream_unreachable: 1",
  ],
])("%s is told by its type", (_what, failed, expected) => {
  expect(after([asked(), failed]).counts).toContain(expected);
});

test("a prompt stands under a label of its own", () => {
  const { server } = CALL;
  const { counts, text } = after([{ ...asked(), mcp: { server, method: "prompts/get", prompt: "greet" } }]);
  expect(counts).toEqual(["shop prompts/get greet: 1"]);
  expect(text).toContain('gen_ai_tool_name="",gen_ai_prompt_name="greet"');
});

test("what is no message of MCP is no operation", () => {
  const { counts } = after([{ ...asked(), mcp: { server: "shop" } }, plain]);
  expect(counts).toEqual([]);
});

describe("bounds", () => {
  test("methods and versions nobody knows are one", () => {
    const { server } = CALL;
    const guesses = Array.from({ length: 100 }, (_, index) => ({
      ...asked(),
      mcp: { server, method: `guess/${index}`, version: `2030-01-${index}` },
    }));
    expect(after(guesses).counts).toEqual(["shop _OTHER _OTHER: 100"]);
  });

  test("tools that never answered well are one, and named from their first answer on", () => {
    const guesses = Array.from({ length: 100 }, (_, index) => asked({ tool: `guess-${index}`, error: -32602 }));
    const { counts } = after([...guesses, asked({ tool: "guess-1" }), asked({ tool: "guess-1", error: -32602 })]);
    expect(counts).toEqual([
      "shop tools/call 2025-11-25 execute_tool other -32602 -32602: 100",
      "shop tools/call 2025-11-25 execute_tool guess-1: 1",
      "shop tools/call 2025-11-25 execute_tool guess-1 -32602 -32602: 1",
    ]);
  });

  test("a name with line breaks is told from the labels it imitates", () => {
    const { server } = CALL;
    const imitating = asked({ tool: "buy\nshop" });
    const { counts } = after([asked({ tool: "buy" }), imitating, { ...asked(), mcp: { server, method: "ping" } }]);
    expect(counts.map((count) => count.replace(/^.*: /, ""))).toEqual(["1", "1", "1"]);
  });
});
