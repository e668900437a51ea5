/** Higress' fields of every provider, through the whole gateway: what providers are asked, and what clients see. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import type { Json, JsonObject } from "#src/core/json.ts";
import { askClaude, askOpenAI, WAYS } from "#tests/support/ask.ts";
import { startBackend } from "#tests/support/backend.ts";
import type { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";
import { answering, failing, text } from "#tests/support/upstream/script.ts";

let fileStatus = 200;
const files = startBackend(() => new Response("The office is in Bern.", { status: fileStatus }));

const changed = { contextCleanupCommands: ["/clear"], mergeConsecutiveMessages: true };
const context = { fileUrl: "http://files.test/context.txt", serviceName: "files" };
const settings = [
  { name: "max_tokens", value: 77 },
  { name: "metadata.user_id", value: "gateway", mode: "raw" },
  { name: "temperature", value: 0.5, overwrite: false },
];

/** Each setting on a provider of each protocol: its id is the setting's and the type's. */
const SETTINGS: Readonly<Record<string, JsonObject>> = {
  changed,
  told: { context },
  settled: { customSettings: settings },
  ignored: { reasoningContentMode: "ignore" },
  joined: { reasoningContentMode: "concat" },
  hiclaw: { hiclawMode: true },
};
const TYPES = [
  { type: "openai", base: "/openai/v1" },
  { type: "deepseek", base: "/deepseek/v1" },
  { type: "claude", base: "/claude" },
  { type: "vllm", base: "/vllm/v1" },
] as const;

interface ProviderEntry {
  readonly [key: string]: Json;
  readonly id: string;
}

function provider(id: string, type: string, baseUrl: string, fields: JsonObject): ProviderEntry {
  return { id, type, apiTokens: ["k"], baseUrl, ...fields };
}

function configOf(upstream: FakeUpstream): JsonObject {
  const each = Object.entries(SETTINGS).flatMap(([setting, fields]) =>
    TYPES.map(({ type, base }) => provider(`${setting}-${type}`, type, upstream.origin + base, fields)),
  );
  const providers: ProviderEntry[] = [
    ...each,
    { id: "placed", type: "openai", apiTokens: ["k"], baseUrl: `${upstream.origin}/v1`, providerBasePath: "/openai" },
    {
      id: "also-claude",
      type: "openai",
      apiTokens: ["k"],
      baseUrl: `${upstream.origin}/openai/v1`,
      capabilities: { "anthropic/v1/messages": "/claude/v1/messages" },
      upstreamProtocol: "anthropic-messages",
    },
    {
      id: "checked",
      type: "openai",
      apiTokens: ["checked-1", "checked-2"],
      baseUrl: `${upstream.origin}/openai/v1`,
      failover: { enabled: true, failureThreshold: 2, healthCheckModel: "check-model", healthCheckInterval: 100 },
    },
    { id: "priced", type: "vllm", baseUrl: `${upstream.origin}/vllm/v1` },
    { id: "moved", type: "vllm", providerDomain: upstream.origin.replace("http://", ""), providerBasePath: "/vllm" },
    provider("unread", "openai", `${upstream.origin}/openai/v1`, {
      context: { ...context, fileUrl: "http://files.test/unread.txt" },
    }),
    { id: "any", type: "generic", baseUrl: upstream.origin, basePath: "/ai/" },
  ];
  return {
    services: [{ name: "files", endpoints: [files.address] }],
    providers,
    prices: { "priced/*": { input: 1, output: 10 } },
    routes: [
      ...providers.map(({ id }) => ({
        name: id,
        match: { models: [`${id}/*`] },
        ai: { upstreams: [{ provider: id, model: "fake-large" }] },
      })),
      {
        name: "then-unread",
        match: { models: ["then-unread/*"] },
        ai: {
          upstreams: [{ provider: "priced" }],
          fallback: { upstreams: [{ provider: "unread" }], strategy: "sequence", responseCodes: ["5xx"] },
        },
      },
      { name: "paths", match: { path: { prefix: "/ai" } }, ai: { upstreams: [{ provider: "any" }] } },
    ],
  };
}

const stage = await openStage(configOf);
const { upstream, openai, claude, gateway } = stage;

beforeEach(() => {
  upstream.reset();
  fileStatus = 200;
});
afterAll(async () => {
  await stage.close();
  await files.close();
});

interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: string;
}

/** Asks with OpenAI's client; the messages as the provider got them, its system prompt first. */
async function told(provider: string, streamed: boolean, ...turns: readonly (readonly [Turn["role"], string])[]) {
  upstream.serve(text("Fine."));
  const messages = turns.map(([role, content]): Turn => ({ role, content }));
  await askOpenAI(openai, { model: `${provider}/x`, messages }, streamed);
  const { messages: sent = [], system } = upstream.last.json as { messages?: Turn[]; system?: unknown };
  const flat = sent.map(({ role, content }) => [role, flatten(content)]);
  return system === undefined ? flat : [["system", flatten(system)], ...flat];
}

function textIn(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function flatten(content: unknown): string {
  const parts = Array.isArray(content) ? content : [{ text: content }];
  return parts.map((part: { text?: unknown }) => String(part.text)).join("|");
}

describe.each(WAYS)("%s", (_, streamed) => {
  describe.each(["openai", "claude"])("to a provider of type %s", (type) => {
    test("contextCleanupCommands and mergeConsecutiveMessages change the conversation", async () => {
      const provider = `changed-${type}`;
      const asked = ["system", "Be brief."] as const;
      expect(
        await told(
          provider,
          streamed,
          asked,
          ["user", "old"],
          ["assistant", "older"],
          ["user", "/clear"],
          ["user", "a"],
        ),
      ).toEqual([
        ["system", "Be brief."],
        ["user", "a"],
      ]);
      expect(await told(provider, streamed, ["user", "a"], ["user", "b"], ["assistant", "c"], ["user", "d"])).toEqual([
        ["user", "a\n\nb"],
        ["assistant", "c"],
        ["user", "d"],
      ]);
    });

    test("context is told as the system's message, fetched once", async () => {
      const [first] = await told(`told-${type}`, streamed, ["user", "Where?"]);
      expect(first).toEqual(["system", "The office is in Bern."]);
      await told(`told-${type}`, streamed, ["user", "Where?"]);
      // One of each type and way of asking: the file is kept.
      expect(files.seen.length).toBeLessThanOrEqual(2);
      expect(files.seen[0]?.headers.get("host")).toBe("files.test");
    });

    test("customSettings are in the words of the provider's protocol", async () => {
      await told(`settled-${type}`, streamed, ["user", "Hi"]);
      const limit = type === "openai" ? "max_completion_tokens" : "max_tokens";
      expect(upstream.last.json).toMatchObject({ [limit]: 77, temperature: 0.5, metadata: { user_id: "gateway" } });
      expect(upstream.refusals).toEqual([]);
    });
  });

  describe.each(["deepseek", "claude"])("an answer of a provider of type %s", (type) => {
    const thoughtful = answering([
      { type: "thinking", text: "Hm, snow.", signature: "sig" },
      { type: "text", text: "Looking." },
    ]);

    async function answer(setting: string, client: "openai" | "claude"): Promise<{ thought: string; text: string }> {
      const model = `${setting}-${type}/x`;
      if (client === "claude") {
        const thinking = { type: "enabled", budget_tokens: 2000 } as const;
        const messages = [{ role: "user", content: "?" } as const];
        const { content } = await askClaude(claude, { model, max_tokens: 4000, thinking, messages }, streamed);
        const of = (kind: string) =>
          content.map((block) => (block.type === kind ? String(Object.values(block)[1]) : "")).join("");
        return { thought: of("thinking"), text: of("text") };
      }
      const { message } = await openAIAnswer(model);
      return { thought: textIn(message.reasoning_content), text: textIn(message.content) };
    }

    async function openAIAnswer(model: string): Promise<{ message: JsonObject }> {
      const body = { model, messages: [{ role: "user", content: "?" }], stream: streamed };
      const response = await stage.post("/v1/chat/completions", body);
      if (!streamed) return ((await response.json()) as { choices: [{ message: JsonObject }] }).choices[0];
      const message: Record<string, string> = {};
      for (const line of (await response.text()).split("\n")) {
        if (!line.startsWith("data: {")) continue;
        const { choices } = JSON.parse(line.slice(6)) as { choices: { delta: JsonObject }[] };
        for (const [key, value] of Object.entries(choices[0]?.delta ?? {}))
          if (typeof value === "string") message[key] = (message[key] ?? "") + value;
      }
      return { message };
    }

    test.each(["openai", "claude"] as const)("reasoningContentMode, to the client %s", async (client) => {
      upstream.serve(thoughtful);
      expect(await answer("ignored", client)).toEqual({ thought: "", text: "Looking." });
      expect(await answer("joined", client)).toEqual({ thought: "", text: "<think>Hm, snow.</think>\nLooking." });
    });

    test.each(["openai", "claude"] as const)("promoteThinkingOnEmpty, to the client %s", async (client) => {
      upstream.reply(answering([{ type: "thinking", text: "Only this.", signature: "sig" }]));
      expect(await answer("hiclaw", client)).toEqual({ thought: "", text: "Only this." });
      upstream.reply(thoughtful);
      expect(await answer("hiclaw", client)).toMatchObject({ thought: "Hm, snow.", text: "Looking." });
    });
  });
});

test("tokens are counted with what is told beside the request, and without what is forgotten", async () => {
  const ask = async (provider: string, ...said: readonly string[]) => {
    const messages = said.map((content) => ({ role: "user" as const, content }));
    return (await claude.messages.countTokens({ model: `${provider}/x`, messages })).input_tokens;
  };
  expect(await ask("told-claude", "Where?")).toBe(4242);
  expect(upstream.last.path).toBe("/v1/messages/count_tokens");
  expect(upstream.last.json).toEqual({
    model: "fake-large",
    system: "The office is in Bern.",
    messages: [{ role: "user", content: "Where?" }],
  });
  expect(upstream.refusals).toEqual([]);
  // Estimates: OpenAI's providers cannot be asked.
  expect(await ask("told-openai", "Where?")).toBeGreaterThan(await ask("placed", "Where?"));
  expect(await ask("changed-openai", "very ".repeat(100), "/clear", "Where?")).toBe(await ask("placed", "Where?"));
});

test("without anything to change, a request's bytes are the client's", async () => {
  upstream.serve(text("Fine."));
  const body = `{ "zeta":1.50,"messages" : [ {"role":"user","content":"caf\\u00e9"} ],"model":"changed-vllm/x" }`;
  const answer = await stage.post("/v1/chat/completions", body);
  const { usage } = (await answer.json()) as { usage: unknown };
  expect(usage).toBeDefined();
  expect(new TextDecoder().decode(upstream.last.body)).toBe(body.replace("changed-vllm/x", "fake-large"));
});

test("a changed request's stream tells its usage only to who asked for it", async () => {
  upstream.serve(text("Fine."));
  const messages = ["a", "b"].map((content) => ({ role: "user", content }));
  const ask = async (more: JsonObject): Promise<string> => {
    const body = { model: "changed-openai/x", messages, stream: true, ...more };
    return (await stage.post("/v1/chat/completions", body)).text();
  };
  expect(await ask({})).not.toContain('"usage":{');
  expect(upstream.last.json).toMatchObject({
    messages: [{ content: "a\n\nb" }],
    stream_options: { include_usage: true },
  });
  expect(await ask({ stream_options: { include_usage: true } })).toContain('"usage":{');
});

test("fields that only the client's protocol knows are kept when a request is written anew", async () => {
  upstream.serve(text("Fine."));
  const cache = { cache_control: { type: "ephemeral" } };
  const content = [{ type: "text", text: "a", ...cache }];
  const body = {
    model: "changed-claude/x",
    max_tokens: 9,
    top_k: 3,
    metadata: { user_id: "u" },
    own_field: [1.5, null],
    messages: [
      { role: "user", content },
      { role: "user", content: "b" },
    ],
  };
  await (await stage.post("/v1/messages", body)).text();
  expect(upstream.last.json).toEqual({
    ...body,
    model: "fake-large",
    messages: [{ role: "user", content: [...content, { type: "text", text: "b" }] }],
  });
});

test("a context that cannot be fetched is an error in the client's protocol", async () => {
  fileStatus = 404;
  const messages = [{ role: "user", content: "?" } as const];
  const thrown = await thrownBy(openai.chat.completions.create({ model: "told-deepseek/x", messages }));
  expect(thrown).toMatchObject({ status: 502, code: "upstream_unreachable" });
  expect(upstream.requests).toEqual([]);
  fileStatus = 200;
  upstream.serve(text("Fine."));
  await openai.chat.completions.create({ model: "told-deepseek/x", messages });
});

test("a fallback whose context cannot be fetched does not hide why the provider before it failed", async () => {
  fileStatus = 404;
  upstream.serve(failing(503, { message: "the first is overloaded" }));
  const messages = [{ role: "user", content: "?" } as const];
  const thrown = await thrownBy(openai.chat.completions.create({ model: "then-unread/x", messages }));
  fileStatus = 200;
  expect(thrown).toMatchObject({ status: 503 });
  expect(String(thrown)).toContain("the first is overloaded");
  expect(upstream.requests).toHaveLength(1);
});

test("providerBasePath leads to another path, providerDomain to another server", async () => {
  await told("placed", false, ["user", "Hi"]);
  expect(upstream.last.url).toBe("/openai/v1/chat/completions");
  await told("moved", false, ["user", "Hi"]);
  expect(upstream.last.url).toBe("/vllm/v1/chat/completions");
});

test("basePath is taken off a path that goes on as it is", async () => {
  await (await stage.post("/ai/own/thing?x=1", {})).text();
  expect(upstream.last.url).toBe("/own/thing?x=1");
});

describe("a protocol that capabilities add", () => {
  test("is spoken to its own clients, and the others are converted to upstreamProtocol", async () => {
    upstream.serve(text("Fine."));
    const messages = [{ role: "user", content: "Hi" } as const];
    const answer = await askClaude(claude, { model: "also-claude/x", max_tokens: 10, messages }, false);
    expect(answer.content).toMatchObject([{ type: "text", text: "Fine." }]);
    expect(upstream.last.url).toBe("/claude/v1/messages");
    const google = await stage.post("/v1beta/models/also-claude%2Fx:generateContent", {
      contents: [{ parts: [{ text: "Hi" }] }],
    });
    expect(google.status).toBe(200);
    expect(upstream.last.url).toBe("/claude/v1/messages");
    await told("also-claude", false, ["user", "Hi"]);
    expect(upstream.last.url).toBe("/openai/v1/chat/completions");
  });
});

test("prices of one's own are the cost in the access log, and a model without a price has none", async () => {
  upstream.serve(text("Fine.", { usage: { input: 100, output: 20 } }));
  const costOf = async (provider: string): Promise<unknown> => {
    const messages = [{ role: "user", content: "?" }];
    const answer = await stage.post("/v1/chat/completions", { model: `${provider}/x`, messages });
    await answer.text();
    return (await gateway.logOf(answer)).cost_usd;
  };
  expect(await costOf("priced")).toBe(0.0003);
  expect(await costOf("placed")).toBeUndefined();
  const metrics = await (await fetch(`${gateway.admin}/metrics`)).text();
  expect(metrics).toMatch(/cost.*priced.* 0\.0003/);
});

test("a key that failed twice is tried, and used again when the provider takes it", async () => {
  upstream.serve(text("Fine."));
  upstream.serve(failing(401), { key: "checked-1" });
  const messages = [{ role: "user", content: "Hi" } as const];
  const ask = () => openai.chat.completions.create({ model: "checked/x", messages });
  // Each request takes the other key first, and the first key's failures are not seen by the client.
  for (let round = 0; round < 4; round++) await ask();
  await gateway.stderr.find("the cool-down", (line) =>
    line.includes("A credential rests") && line.includes("checked#1") ? true : undefined,
  );
  const tried = await upstream.next({ model: "check-model", key: "checked-1" });
  expect(tried.json.messages).toEqual([{ role: "user", content: "Who are you?" }]);
  upstream.reset();
  upstream.serve(text("Fine."));
  await gateway.stderr.find("the recovery", (line) =>
    line.includes("A credential is well again.") && line.includes("checked#1") ? true : undefined,
  );
  upstream.requests.length = 0;
  await ask();
  await ask();
  expect(new Set(upstream.requests.map(({ key }) => key))).toEqual(new Set(["checked-1", "checked-2"]));
});
