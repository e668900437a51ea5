import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { moduleKind } from "#mcp/module/kind.ts";
import type { JsonObject } from "#src/core/json.ts";
import { META } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { systemClock } from "#src/core/clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpSession } from "#tests/support/mcp-session.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";
import { until, within } from "#tests/support/until.ts";

const FIXTURES = join(import.meta.dir, "../../fixtures/mcp-modules");
const LEGACY = { client: { version: "2025-11-25" } };

async function serverOf(module: unknown): Promise<McpServer> {
  const world = mcpWorld({ clock: systemClock });
  return moduleKind.create("mine", moduleKind.schema.parse(module), world);
}

async function called(server: McpServer, name: string, call: McpCall = mcpCall()): Promise<string> {
  const { content } = await server.handle({ method: "tools/call", params: { name, arguments: {} } }, call);
  return textIn(content);
}

async function toolsOf(server: McpServer, call: McpCall = mcpCall()): Promise<unknown[]> {
  const { tools } = await server.handle({ method: "tools/list", params: {} }, call);
  return (tools as JsonObject[]).map(({ name }) => name);
}

describe("a function that makes servers of version 1", () => {
  const settings = { file: join(FIXTURES, "sessions.ts") };

  test("makes one for each session, and one for those without", async () => {
    const server = await serverOf(settings);
    const [one, other] = [mcpSession("one"), mcpSession("other")];
    const first = mcpCall({ ...LEGACY, session: one });
    const second = mcpCall({ ...LEGACY, session: other });
    expect(await server.describe(first)).toMatchObject({ serverInfo: { name: "sessions" } });
    const counts = [];
    for (const call of [first, first, second, mcpCall(), mcpCall()]) counts.push(await called(server, "count", call));
    const [a, b, c, d, e] = counts.map((count) => count.split(": "));
    expect([a?.[1], b?.[1], c?.[1], d?.[1], e?.[1]]).toEqual(["1", "2", "1", "1", "2"]);
    expect(new Set([a?.[0], c?.[0], d?.[0]]).size).toBe(3);
    expect([a?.[0], d?.[0]]).toEqual([b?.[0], e?.[0]]);
    await server.close();
  });

  test("asks and tells the client in whose request it runs, whoever else is under way", async () => {
    const server = await serverOf(settings);
    const heard: string[] = [];
    const clients = ["Ada", "Bo", "Cy"].map((name) => {
      const call = mcpCall({
        client: { capabilities: { elicitation: { form: {} } } },
        answer: async () => {
          await Bun.sleep(1);
          return { action: "accept", content: { name } };
        },
      });
      return { name, call };
    });
    const params = { name: "greet", arguments: {}, _meta: { [META.logLevel]: "debug" } };
    const answers = await Promise.all(
      clients.map(async ({ call }) => {
        const { content } = await server.handle({ method: "tools/call", params }, call);
        heard.push(...call.notifications.map(({ method }) => method));
        return textIn(content);
      }),
    );
    expect(answers).toEqual(["Hello Ada", "Hello Bo", "Hello Cy"]);
    expect(heard).toEqual(["notifications/message", "notifications/message", "notifications/message"]);
    await server.close();
  });

  test("knows what the clients can be asked for whom it is", async () => {
    const server = await serverOf(settings);
    const able = mcpCall({ client: { capabilities: { sampling: {}, tasks: {} } } });
    expect(await called(server, "abilities", able)).toBe('{"sampling":{}}');
    expect(await called(server, "abilities")).toBe("{}");
    await server.close();
  });

  test("tells those who listen of new tools", async () => {
    const server = await serverOf(settings);
    const listening = mcpCall();
    const subscription = await server.listen({ toolsListChanged: true }, listening);
    expect(subscription.honoured).toEqual({ toolsListChanged: true });
    await called(server, "grow");
    await until("it is told", () => listening.notifications.length > 0);
    expect(listening.notifications).toEqual([{ method: "notifications/tools/list_changed", params: {} }]);
    expect(await toolsOf(server)).toContain("grown-1");
    await server.close();
  });

  test("makes another one when a server has closed its connection", async () => {
    const server = await serverOf(settings);
    const before = await called(server, "count");
    expect(await messageOf(called(server, "quit"))).toMatch("closed the connection");
    const after = await called(server, "count");
    expect(after.endsWith(": 1")).toBe(true);
    expect(after).not.toBe(before);
    await server.close();
  });

  test("keeps the session's server until the session's end", async () => {
    const server = await serverOf(settings);
    const session = mcpSession("s");
    const call = mcpCall({ ...LEGACY, session });
    await called(server, "count", call);
    await server.endSession?.(session);
    expect(await messageOf(called(server, "count", call))).toMatch("has ended");
    await server.close();
  });
});

describe("a function that makes servers of version 2", () => {
  const settings = { file: join(FIXTURES, "requests.ts"), export: "create" };

  test("answers and tells of changes", async () => {
    const server = await serverOf(settings);
    expect(await server.describe(mcpCall())).toMatchObject({ serverInfo: { name: "requests" } });
    expect(await toolsOf(server)).toEqual(["hello", "change", "hang"]);
    expect(await called(server, "hello")).toBe("hello");
    const listening = mcpCall();
    const subscription = await server.listen({ toolsListChanged: true }, listening);
    await called(server, "change");
    await until("it is told", () => listening.notifications.length > 0);
    expect(listening.notifications).toEqual([{ method: "notifications/tools/list_changed", params: {} }]);
    subscription.close();
    await server.close();
  });

  test("is cancelled with the client's request", async () => {
    const server = await serverOf(settings);
    const leaving = new AbortController();
    const answer = called(server, "hang", mcpCall({ signal: leaving.signal }));
    queueMicrotask(() => leaving.abort());
    expect(await messageOf(within("its end", answer))).toMatch("cancelled");
    await server.close();
  });
});

test("an object with fetch is asked as a remote server would be", async () => {
  const file = temporaryFile(
    `export default {
      fetch: async (request: Request) => {
        const { id, method } = await request.json();
        const result = method === "server/discover"
          ? { supportedVersions: ["2026-07-28"], capabilities: { tools: {} }, serverInfo: { name: "by hand" } }
          : { tools: [{ name: new URL(request.url).pathname, inputSchema: { type: "object" } }] };
        return Response.json({ jsonrpc: "2.0", id, result });
      },
    };`,
    "handler.ts",
  );
  const server = await serverOf(file);
  expect(await server.describe(mcpCall())).toMatchObject({ serverInfo: { name: "by hand" } });
  expect(await toolsOf(server)).toEqual(["/mcp"]);
  await server.close();
});

test("a file that has changed is loaded anew, one that has not is not", async () => {
  const text = (word: string): string =>
    `export const word = "${word}"; export let loaded = Math.random();
     export default { fetch: async (request) => {
       const { id } = await request.json();
       return Response.json({ jsonrpc: "2.0", id, result: { supportedVersions: ["2026-07-28"], tools: [word, loaded] } });
     } };`;
  const file = temporaryFile(text("one"), "changing.ts");
  const list = async (): Promise<unknown> => {
    const server = await serverOf(file);
    const { tools } = await server.handle({ method: "tools/list", params: {} }, mcpCall());
    await server.close();
    return tools;
  };
  const [first, again] = [await list(), await list()];
  expect(first).toEqual(["one", expect.any(Number)]);
  expect(again).toEqual(first);
  writeFileSync(file, text("two"));
  expect(await list()).toEqual(["two", expect.any(Number)]);
});

describe("a module that cannot be used says why:", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["a mistake in it", "export default (", /^\S+mine\.ts cannot be loaded: \S.*$/],
    ["something it throws", "throw new Error('no key');", /cannot be loaded: no key$/],
    ["a package it lacks", "import 'nonesuch-package';", /cannot be loaded: .*nonesuch-package/],
    ["no default export", "export const create = 1, other = 2;", /has no default export; it exports create, other\.$/],
    [
      "a server instead of a function",
      "export default { connect() {}, close() {} };",
      /exports a server, of which only one/,
    ],
    ["a class", "export default class Mine {}", /exports a class; it is to export a function/],
    ["a function that throws", "export default () => { throw new Error('no key'); };", /exports failed: no key$/],
    ["a function of something else", "export default () => 5;", /made a value of type number; it is to export/],
  ];

  test.each(cases)("%s", async (_name, text, message) => {
    expect(await messageOf(serverOf(temporaryFile(text, "mine.ts")))).toMatch(message);
  });

  test("there is no such file", async () => {
    expect(await messageOf(serverOf("nowhere/at/all.ts"))).toMatch(/nowhere\/at\/all\.ts/);
  });

  test("the SDK is not beside it", async () => {
    const text = "export default () => ({ connect() {}, close() {}, server: { getNegotiatedProtocolVersion() {} } });";
    expect(await messageOf(serverOf(temporaryFile(text, "mine.ts")))).toMatch(/no node_modules folder beside or above/);
  });
});

test("the SDK's copy is the one that stands beside the file", async () => {
  const file = temporaryFile(
    `import { McpServer } from "@modelcontextprotocol/server";
     export default () => new McpServer({ name: "beside", version: "1" });`,
    "mine.ts",
  );
  const scope = join(dirname(file), "node_modules/@modelcontextprotocol");
  mkdirSync(scope, { recursive: true });
  symlinkSync(join(import.meta.dir, "../../../node_modules/@modelcontextprotocol/server"), join(scope, "server"));
  const server = await serverOf(file);
  expect(await server.describe(mcpCall())).toMatchObject({ serverInfo: { name: "beside" } });
  await server.close();
});
