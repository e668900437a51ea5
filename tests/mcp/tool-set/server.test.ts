import { describe, expect, test } from "bun:test";
import { createHostedServer } from "#mcp/hosted/server.ts";
import { textResult } from "#mcp/hosted/results.ts";
import { toolSetKind } from "#mcp/tool-set/kind.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import type { HostedTool } from "#src/core/mcp/tool.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";

/** A tool that says its own name and what it was given. */
function tool(name: string, more: JsonObject = {}, properties: JsonObject = {}): HostedTool {
  return {
    definition: { name, inputSchema: { type: "object", properties }, ...more },
    call: (args) => textResult(`${name} ${JSON.stringify(args)}`),
  };
}

const shop = createHostedServer({
  name: "shop",
  tools: [tool("list"), tool("buy"), tool("admin")],
  instructions: "Buy.",
});
const weather = createHostedServer({ name: "weather", tools: [tool("now")] });

/** A server that does what it is told, and nothing else. */
class Scripted implements McpServer {
  readonly calls: McpRequest[] = [];
  readonly sessions: (string | undefined)[] = [];
  readonly heard: McpCall[] = [];
  closed = 0;
  readonly #answer: (request: McpRequest, call: McpCall) => Promise<JsonObject> | JsonObject;

  constructor(answer: (request: McpRequest, call: McpCall) => Promise<JsonObject> | JsonObject) {
    this.#answer = answer;
  }

  describe(): { capabilities: JsonObject; serverInfo: JsonObject } {
    return { capabilities: { resources: { subscribe: true }, prompts: {} }, serverInfo: { name: "s", version: "1" } };
  }

  handle(request: McpRequest, call: McpCall): Promise<JsonObject> | JsonObject {
    this.calls.push(request);
    this.sessions.push(call.session?.id);
    return this.#answer(request, call);
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    this.heard.push(call);
    return { honoured: filter, close: () => void (this.closed += 1) };
  }

  async close(): Promise<void> {}
}

const nothing = (): never => {
  throw new McpError(ERROR_CODES.methodNotFound, "no");
};
const hanging = (): McpServer => new Scripted(() => new Promise(() => {}));
const dead = (): McpServer => new Scripted(() => Promise.reject(new Error("connection refused")));

interface Set {
  readonly server: McpServer;
  readonly clock: FakeClock;
  readonly logged: string[];
}

function setOf(
  servers: Readonly<Record<string, McpServer>>,
  settings: Json,
  embed?: (texts: readonly string[]) => readonly number[][],
): Set {
  const clock = new FakeClock();
  const logged: string[] = [];
  const world = mcpWorld({
    clock,
    log: { info() {}, error() {}, warn: (_message, fields) => void logged.push(JSON.stringify(fields)) },
    server: (name) => servers[name],
    ...(embed === undefined ? {} : { embed: async (_provider, _model, texts) => embed(texts) }),
  });
  const server = toolSetKind.create("all", toolSetKind.schema.parse(settings), world);
  if (server instanceof Promise) throw new Error("A tool set is made at once.");
  return { server: server.front?.(server) ?? server, clock, logged };
}

async function ask(server: McpServer, method: string, params: JsonObject = {}, call = mcpCall()): Promise<JsonObject> {
  return server.handle({ method, params }, call);
}

async function namesOf(server: McpServer): Promise<unknown[]> {
  const { tools } = await ask(server, "tools/list");
  return Array.isArray(tools) ? tools.map((one) => isObject(one) && one["name"]) : [];
}

async function said(server: McpServer, name: string, args: JsonObject = {}): Promise<unknown> {
  const { content } = await ask(server, "tools/call", { name, arguments: args });
  return Array.isArray(content) && isObject(content[0]) ? content[0]["text"] : content;
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof McpError ? error.code : error),
  );

describe("names", () => {
  test("have the server's name before them, in the order of the set", async () => {
    const { server } = setOf({ shop, weather }, [{ server: "weather" }, { server: "shop" }]);
    expect(await namesOf(server)).toEqual(["weather__now", "shop__list", "shop__buy", "shop__admin"]);
    expect(await said(server, "shop__buy", { a: 1 })).toBe('buy {"a":1}');
  });

  test("are chosen, left out and changed; what is not shown cannot be called", async () => {
    const { server } = setOf({ shop }, [
      {
        server: "shop",
        prefix: "s.",
        tools: ["b*", "list", "admin"],
        except: ["adm*"],
        override: { list: { name: "catalogue" } },
      },
    ]);
    expect(await namesOf(server)).toEqual(["catalogue", "s.buy"]);
    expect(await said(server, "catalogue")).toBe("list {}");
    for (const name of ["s.list", "s.admin", "admin", "list", "other"])
      expect(await codeOf(said(server, name))).toBe(ERROR_CODES.invalidParams);
  });

  test("without prefixes belong to the first who has them", async () => {
    const other = createHostedServer({ name: "o", tools: [tool("buy"), tool("sell")] });
    const { server } = setOf({ shop, other }, [
      { server: "shop", prefix: "", tools: ["buy"] },
      { server: "other", prefix: "" },
    ]);
    expect(await namesOf(server)).toEqual(["buy", "sell"]);
    expect(await said(server, "sell")).toBe("sell {}");
  });
});

test("arguments are hidden, renamed, described and given defaults", async () => {
  const properties = { tenant: { type: "string" }, q: { type: "string" }, size: { type: "number" } };
  const search = createHostedServer({ name: "s", tools: [tool("search", { description: "Old." }, properties)] });
  const args = { tenant: { value: "acme" }, q: { name: "query", description: "Words." }, size: { default: 10 } };
  const override = { search: { description: "New.", annotations: { readOnlyHint: true }, arguments: args } };
  const { server } = setOf({ search }, [{ server: "search", prefix: "", override }]);
  const { tools } = await ask(server, "tools/list");
  expect(tools).toEqual([
    {
      name: "search",
      description: "New.",
      annotations: { readOnlyHint: true },
      inputSchema: {
        type: "object",
        properties: { query: { type: "string", description: "Words." }, size: { type: "number", default: 10 } },
        required: [],
      },
    },
  ]);
  expect(await said(server, "search", { query: "a", tenant: "evil" })).toBe(
    'search {"tenant":"acme","q":"a","size":10}',
  );
});

describe("a server that is slow or dead", () => {
  test("holds nobody up, and is told of", async () => {
    const { server, clock, logged } = setOf(
      { shop, slow: hanging(), gone: dead() },
      {
        servers: [{ server: "slow" }, { server: "shop" }, { server: "gone" }],
        timeout: 1000,
      },
    );
    const listed = ask(server, "tools/list");
    // The others have answered by then.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1000);
    const result = await listed;
    expect(result).toMatchObject({ ttlMs: 0, _meta: { "sluice/unavailable": ["slow", "gone"] } });
    expect(Array.isArray(result["tools"]) && result["tools"].length).toBe(3);
    expect(logged.join()).toContain("did not answer within 1000 ms");
    expect(logged.join()).toContain("connection refused");
  });

  test("does not keep a call from its owner", async () => {
    const { server } = setOf({ shop, slow: hanging() }, [{ server: "slow" }, { server: "shop" }]);
    expect(await said(server, "shop__buy")).toBe("buy {}");
  });

  test("that has no such list is not missed", async () => {
    const { server } = setOf({ shop }, [{ server: "shop" }]);
    expect(await ask(server, "prompts/list")).toEqual({ prompts: [], ttlMs: 5000, cacheScope: "public" });
  });
});

describe("prompts and resources", () => {
  const resources = new Scripted(({ method, params }) => {
    if (method === "resources/list") return { resources: [{ uri: "file:///a", name: "a" }] };
    if (method === "resources/templates/list")
      return { resourceTemplates: [{ uriTemplate: "db://{table}/{id}", name: "r" }] };
    if (method === "prompts/list") return { prompts: [{ name: "greet" }] };
    return { asked: { method, params } };
  });
  const { server } = setOf({ shop, docs: resources }, [{ server: "shop" }, { server: "docs" }]);

  test("go to their owners under their own names", async () => {
    expect(await ask(server, "prompts/list")).toMatchObject({ prompts: [{ name: "docs__greet" }] });
    expect(await ask(server, "prompts/get", { name: "docs__greet" })).toMatchObject({
      asked: { params: { name: "greet" } },
    });
    expect(await ask(server, "resources/read", { uri: "file:///a" })).toMatchObject({
      asked: { params: { uri: "file:///a" } },
    });
    expect(await ask(server, "resources/read", { uri: "db://t/7" })).toMatchObject({
      asked: { params: { uri: "db://t/7" } },
    });
    expect(await codeOf(ask(server, "resources/read", { uri: "dbx://t/7" }))).toBe(ERROR_CODES.invalidParams);
    const ref = { type: "ref/prompt", name: "docs__greet" };
    expect(await ask(server, "completion/complete", { ref, argument: { name: "a", value: "b" } })).toMatchObject({
      asked: { params: { ref: { type: "ref/prompt", name: "greet" } } },
    });
  });

  test("what the members can do, the set can do", async () => {
    const description = await server.describe(mcpCall());
    expect(description).toEqual({
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, prompts: {} },
      serverInfo: { name: "all", version: "1.0.0" },
      instructions: "# shop\nBuy.",
    });
  });
});

describe("lists", () => {
  test("are kept as long as they hold, for whom they hold", async () => {
    const mine = new Scripted((_request, call) => ({
      tools: [{ name: call.caller.subject }],
      ttlMs: 60_000,
      cacheScope: "private",
    }));
    const { server, clock } = setOf({ mine }, [{ server: "mine", prefix: "" }]);
    const list = async (subject: string): Promise<Json | undefined> =>
      (await ask(server, "tools/list", {}, mcpCall({ caller: { subject } })))["tools"];
    expect(await list("a")).toMatchObject([{ name: "a" }]);
    expect(await list("b")).toMatchObject([{ name: "b" }]);
    expect(await list("a")).toMatchObject([{ name: "a" }]);
    expect(mine.calls.length).toBe(2);
    clock.advance(5000);
    await list("a");
    expect(mine.calls.length).toBe(3);
  });

  test("are asked for anew when a member says that they changed", async () => {
    const one = new Scripted(() => ({ tools: [], ttlMs: 60_000, cacheScope: "public" }));
    const { server } = setOf({ one }, [{ server: "one" }]);
    const call = mcpCall();
    const subscription = await server.listen({ toolsListChanged: true }, call);
    await ask(server, "tools/list");
    one.heard[0]?.notify({ method: "notifications/tools/list_changed", params: {} });
    await ask(server, "tools/list");
    expect(one.calls.length).toBe(2);
    expect(call.notifications.length).toBe(1);
    subscription.close();
    expect(one.closed).toBe(1);
  });

  test("are read page by page", async () => {
    const paged = new Scripted(({ params }) => {
      const at = Number(params["cursor"] ?? 0);
      return { tools: [{ name: `t${at}` }], ...(at < 4 ? { nextCursor: String(at + 1) } : {}) };
    });
    const { server } = setOf({ paged }, [{ server: "paged", prefix: "" }]);
    expect(await namesOf(server)).toEqual(["t0", "t1", "t2", "t3", "t4"]);
  });
});

test("each member has a part of the session of its own", async () => {
  const kept = new Map<string, string>();
  const ended = new AbortController().signal;
  const session = {
    id: "s",
    ended,
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: string) => void kept.set(key, value),
  };
  const keeping = (): Scripted =>
    new Scripted(async (_request, call) => {
      const before = await call.session?.get("upstream");
      await call.session?.set("upstream", "x");
      return { content: [], before: before ?? null };
    });
  const [a, b] = [keeping(), keeping()];
  const { server } = setOf({ a, b }, [{ server: "a" }, { server: "b" }]);
  for (const [name, before] of [
    ["a__t", null],
    ["b__t", null],
    ["a__t", "x"],
  ] as const)
    expect(await ask(server, "tools/call", { name }, mcpCall({ session }))).toMatchObject({ before });
});

describe("search", () => {
  const many = createHostedServer({
    name: "many",
    tools: [
      ...Array.from({ length: 60 }, (_, index) => tool(`noise${index}`, { description: "Does nothing of interest." })),
      tool("createInvoice", { description: "Writes a bill to a customer." }),
      tool("list_open_issues", { description: "Lists what is to be done." }),
    ],
  });
  const search = { above: 50, pinned: ["noise7"] };

  test("stands in the place of many tools, and finds them by their words", async () => {
    const { server } = setOf({ many }, { servers: [{ server: "many", prefix: "" }], search });
    expect(await namesOf(server)).toEqual(["search_tools", "call_tool", "noise7"]);
    for (const [query, name] of [
      ["open issues", "list_open_issues"],
      ["write a bill", "createInvoice"],
      ["invoice", "createInvoice"],
    ]) {
      const found = await ask(server, "tools/call", { name: "search_tools", arguments: { query: query ?? "" } });
      const { structuredContent } = found;
      expect(
        isObject(structuredContent) && Array.isArray(structuredContent["tools"]) && structuredContent["tools"][0],
      ).toMatchObject({ name });
    }
    expect(await said(server, "call_tool", { name: "createInvoice", arguments: { to: "me" } })).toBe(
      'createInvoice {"to":"me"}',
    );
    expect(await said(server, "createInvoice")).toBe("createInvoice {}");
    expect(await codeOf(said(server, "call_tool", { name: "call_tool" }))).toBe(ERROR_CODES.invalidParams);
    expect(await codeOf(said(server, "call_tool", { name: "nay" }))).toBe(ERROR_CODES.invalidParams);
    expect(await ask(server, "tools/call", { name: "search_tools", arguments: {} })).toMatchObject({ isError: true });
  });

  test("is not there for few", async () => {
    const { server } = setOf({ shop }, { servers: [{ server: "shop" }], search });
    expect(await namesOf(server)).toEqual(["shop__list", "shop__buy", "shop__admin"]);
  });

  test("finds by meaning where a provider makes vectors, and by words when it fails", async () => {
    let away = false;
    let asked = 0;
    const embed = (texts: readonly string[]): number[][] => {
      asked += texts.length;
      if (away) throw new Error("no");
      return texts.map((text) => (/bill|money/.test(text) ? [1, 0] : [0, 1]));
    };
    const settings = {
      servers: [{ server: "many", prefix: "" }],
      search: { ...search, provider: "p", model: "m", limit: 1 },
    };
    const { server, logged } = setOf({ many }, settings, embed);
    const first = await ask(server, "tools/call", { name: "search_tools", arguments: { query: "money" } });
    expect(first).toMatchObject({ structuredContent: { tools: [{ name: "createInvoice" }] } });
    const before = asked;
    await ask(server, "tools/call", { name: "search_tools", arguments: { query: "money" } });
    expect(asked - before).toBe(1);
    away = true;
    const words = await ask(server, "tools/call", { name: "search_tools", arguments: { query: "issues" } });
    expect(words).toMatchObject({ structuredContent: { tools: [{ name: "list_open_issues" }] } });
    expect(logged.length).toBe(1);
  });
});

test("sets of servers that are not there are refused", () => {
  expect(() => setOf({}, [{ server: "shop" }])).toThrow("no MCP server 'shop'");
  expect(() => setOf({}, [{ server: "all" }])).toThrow("part of itself");
});

test("nothing is asked of members for what the set has not", async () => {
  const one = new Scripted(nothing);
  const { server } = setOf({ one }, [{ server: "one" }]);
  expect(await codeOf(ask(server, "nay"))).toBe(ERROR_CODES.methodNotFound);
  expect(one.calls).toEqual([]);
});
