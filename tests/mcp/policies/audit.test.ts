import { describe, expect, test } from "bun:test";
import { anything, assert, dictionary, oneof, property, string } from "fast-check";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { LogFields } from "#src/core/log.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { audit } from "#mcp/policies/audit.ts";
import { masked, maskRules } from "#mcp/policies/mask.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { type CallParts, mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until } from "#tests/support/until.ts";
import { behind, callOf, guardOf, PLACE, toolServer } from "./stage.ts";

/** What a mask of nothing of one's own shows of a value. */
const shown = (value: Json, maxText = 100): Json =>
  masked(value, maskRules({ names: () => false, values: [], maxText }));

describe("what is written down of arguments", () => {
  test.each([
    "password",
    "userPassword",
    "PASSWD",
    "api_key",
    "x-api-key",
    "apiKey",
    "API KEY",
    "access_token",
    "Authorization",
    "client_secret",
    "privateKey",
    "Set-Cookie",
    "credentials",
    "passphrase",
    "aws_secret_access_key",
    "session.token",
  ])("nothing of an argument named %p", (name) => {
    for (const value of ["hunter2", 1234, { deep: "hunter2" }, ["hunter2"]]) {
      expect(shown({ outer: [{ [name]: value }] })).toEqual({ outer: [{ [name]: "***" }] });
    }
  });

  test.each([
    ["Bearer abc.def-ghi", "***"],
    ["curl -H 'Authorization: Bearer abcdef' x", "curl -H 'Authorization: ***' x"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl and more", "*** and more"],
    ["key sk-proj-abcdefghijklmnop1234", "key ***"],
    ["ghp_abcdefghijklmnop", "***"],
    ["AKIAIOSFODNN7EXAMPLE", "***"],
    ["postgres://anna:hunter2@db/x", "postgres://***@db/x"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "***"],
    ["a task-that-is-a-very-long-name", "a task-that-is-a-very-long-name"],
    ["basically fine", "basically fine"],
  ])("of %p it is %p", (text, left) => {
    expect(shown({ text })).toEqual({ text: left });
  });

  test("a secret that is cut is still one, and nothing is longer than it may be", () => {
    const token = `eyJ${"a".repeat(1000)}.${"b".repeat(1000)}`;
    expect(shown(token, 20)).toBe("***…");
    expect(shown("x".repeat(50), 20)).toBe(`${"x".repeat(20)}…`);
  });

  test("expressions of one's own", () => {
    const rules = maskRules({ names: (name) => name === "iban", values: [/\d{4}-\d{4}/g], maxText: 100 });
    expect(masked({ iban: "DE1", note: "card 1234-5678, 8765-4321" }, rules)).toEqual({
      iban: "***",
      note: "card ***, ***",
    });
  });

  test("is bounded, whatever the value", () => {
    const wide = shown(Array.from({ length: 5000 }, (_, at) => at));
    expect(Array.isArray(wide) ? wide.length : 0).toBe(501);
    let deep: Json = "end";
    for (let at = 0; at < 50; at++) deep = [deep];
    expect(JSON.stringify(shown(deep))).toBe(`${"[".repeat(8)}"…"${"]".repeat(8)}`);
  });

  test("never shows what stands under a secret's name, and changes nothing that is none", () => {
    const plain = string({ maxLength: 5 }).filter((text) => !/[:@]/.test(text));
    assert(
      property(dictionary(oneof(plain), plain), string({ minLength: 12 }), (given, secret) => {
        const hidden = JSON.stringify(shown({ ...given, password: `~${secret}~` }));
        expect(hidden).not.toContain(JSON.stringify(`~${secret}~`).slice(1, -1));
      }),
    );
    assert(
      property(anything({ maxDepth: 4 }), (value) => {
        const json: Json = JSON.parse(JSON.stringify(value) ?? "null");
        expect(shown(shown(json))).toEqual(shown(json));
      }),
    );
  });

  test("a text that is made to be slow is not", () => {
    const texts = [
      "bearer ".repeat(20_000),
      `eyJ${".".repeat(60_000)}`,
      "-----BEGIN ".repeat(9000),
      `://${"a:".repeat(40_000)}`,
    ];
    for (const text of texts) expect(JSON.stringify(shown(text, 65_536)).length).toBeLessThan(65_600);
  });
});

interface Written {
  readonly message: string;
  readonly fields: LogFields;
}

async function recorded(
  server: McpServer,
  call: CallParts,
  settings: unknown = {},
): Promise<{ written: Written[]; failed: boolean }> {
  const written: Written[] = [];
  const clock = new FakeClock();
  const log = {
    info: (message: string, fields: LogFields = {}) => void written.push({ message, fields }),
    warn() {},
    error() {},
  };
  const guard = await guardOf(audit, settings, mcpWorld({ clock, log }));
  const args = { city: "Paris", token: "hunter2" };
  const asking = Promise.resolve(behind(guard, server).handle(callOf("get", args), mcpCall(call)));
  const failed = await asking.then(
    () => false,
    () => true,
  );
  await until("the record is written", () => written.length > 0);
  return { written, failed };
}

describe("a record", () => {
  const answering = (answer: (clock?: FakeClock) => JsonObject): McpServer => ({
    ...toolServer([]),
    handle: async () => answer(),
  });
  const session = {
    id: "the-session-id",
    get: async () => undefined,
    set: async () => {},
    ended: new AbortController().signal,
  };

  test("tells who called what with what, and for how long", async () => {
    const { written } = await recorded(toolServer(["get"]), {
      caller: { subject: "anna", consumer: "app", address: "10.0.0.1", user: { id: "u1", config: { key: "hunter2" } } },
      client: { version: "2025-11-25", info: { name: "inspector", version: "2.12" } },
      session,
    });
    expect(written).toHaveLength(1);
    const [{ message, fields } = { message: "", fields: {} }] = written;
    expect(message).toBe("tools/call");
    expect(fields).toMatchObject({
      server: PLACE.name,
      tool: "get",
      subject: "anna",
      consumer: "app",
      user: "u1",
      address: "10.0.0.1",
      client: "inspector 2.12",
      protocol: "2025-11-25",
      outcome: "ok",
      duration: 0,
      arguments: '{"city":"Paris","token":"***"}',
    });
    expect(String(fields["session"])).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(written)).not.toMatch(/hunter2|the-session-id/);
  });

  test.each([
    ["ok", () => ({ content: [] })],
    ["tool_error", () => ({ content: [], isError: true })],
    ["input_required", () => ({ resultType: "input_required" })],
  ])("of what was answered: %s", async (outcome, answer) => {
    const { written } = await recorded(answering(answer), {});
    expect(written[0]?.fields).toMatchObject({ outcome });
  });

  test.each([
    ["error", new McpError(-32_602, "no"), -32_602],
    ["refused", new McpRefusal(403, "no"), 403],
    ["failed", new Error("inner words"), undefined],
  ])("of what went wrong: %s", async (outcome, thrown, code) => {
    const failing = answering(() => {
      throw thrown;
    });
    const { written, failed } = await recorded(failing, {});
    expect(failed).toBe(true);
    expect(written[0]?.fields).toMatchObject({ outcome, ...(code === undefined ? {} : { code }) });
    expect(JSON.stringify(written)).not.toContain("inner words");
  });

  test("of a call that its client left", async () => {
    const failing = answering(() => {
      throw new McpError(-32_603, "cancelled");
    });
    const { written } = await recorded(failing, { signal: AbortSignal.abort() });
    expect(written[0]?.fields["outcome"]).toBe("cancelled");
  });

  test("without arguments where they are not wanted, and of nothing but calls", async () => {
    const { written } = await recorded(toolServer(["get"]), {}, { arguments: false });
    expect(written[0]?.fields["arguments"]).toBeUndefined();
    const silent: string[] = [];
    const log = { info: (message: string) => void silent.push(message), warn() {}, error() {} };
    const guard = await guardOf(audit, {}, mcpWorld({ log }));
    await behind(guard, toolServer(["get"])).handle({ method: "tools/list", params: {} }, mcpCall());
    expect(silent).toEqual([]);
  });

  test("goes to a file of one's own, a line each, for its owner alone", async () => {
    const file = join(process.env["TMPDIR"] ?? "/tmp", `audit-${crypto.randomUUID()}.jsonl`);
    const guard = await guardOf(audit, { file, mask: { names: ["ci*"], maxLength: 3 } }, mcpWorld());
    const server = behind(guard, toolServer(["get"]));
    for (let at = 0; at < 3; at++) await server.handle(callOf("get", { city: "Paris", note: `abcd${at}` }), mcpCall());
    guard.close?.();
    await until("all is written", () => existsSync(file) && readFileSync(file, "utf8").split("\n").length === 4);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).arguments)).toEqual(
      Array.from({ length: 3 }, () => '{"city":"***","note":"abc…"}'),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("that cannot be written is said once, and costs no call", async () => {
    const said: string[] = [];
    const log = { info() {}, warn() {}, error: (message: string) => void said.push(message) };
    const guard = await guardOf(audit, { file: "/nowhere/at/all" }, mcpWorld({ log }));
    const server = behind(guard, toolServer(["get"]));
    for (let at = 0; at < 3; at++) await server.handle(callOf("get"), mcpCall());
    await until("it is said", () => said.length > 0);
    for (let at = 0; at < 3; at++) await server.handle(callOf("get"), mcpCall());
    guard.close?.();
    expect(said).toHaveLength(1);
  });
});
