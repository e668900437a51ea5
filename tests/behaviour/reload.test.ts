import { afterAll, beforeEach, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { gate } from "#tests/support/gate.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { stageOf } from "#tests/support/stage.ts";
import { until } from "#tests/support/until.ts";
import { text } from "#tests/support/upstream/script.ts";

const upstream = await FakeUpstream.start();
const TOKEN = "admin-token-0123456789";

function asking(model: string): JsonObject {
  return {
    admin: { port: 0, token: TOKEN },
    providers: [{ id: "fake", type: "openai", apiTokens: ["k"], baseUrl: `${upstream.origin}/openai/v1` }],
    routes: [{ name: "all", ai: { upstreams: [{ provider: "fake", model }] } }],
  };
}

const gateway = await startGateway({ config: asking("model-0") });
const { openai } = stageOf(upstream, gateway);
const messages = [{ role: "user" as const, content: "Hi" }];
const authorization = `Bearer ${TOKEN}`;

beforeEach(() => upstream.reset());
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

async function asked(): Promise<string> {
  await openai.chat.completions.create({ model: "x", messages });
  return upstream.last.model;
}

async function metrics(): Promise<string> {
  return (await fetch(`${gateway.admin}/metrics`, { headers: { authorization } })).text();
}

async function reloads(result: string): Promise<number> {
  const line = (await metrics())
    .split("\n")
    .find((entry) => entry.startsWith(`sluice_config_reloads_total{result="${result}"}`));
  return Number(line?.split(" ")[1] ?? 0);
}

async function ready(): Promise<{ status: number; text: string }> {
  const response = await fetch(`${gateway.admin}/ready`);
  return { status: response.status, text: await response.text() };
}

test("a changed file is noticed", async () => {
  gateway.rewrite(asking("model-by-file"));
  await until("the new model is asked", async () => (await asked()) === "model-by-file");
});

test("SIGHUP reloads", async () => {
  const before = await reloads("success");
  gateway.signal("SIGHUP");
  await until("a reload was counted", async () => (await reloads("success")) > before);
});

test("the admin API reloads for whoever has the token", async () => {
  expect((await fetch(`${gateway.admin}/reload`, { method: "POST" })).status).toBe(401);
  const before = await reloads("success");
  const response = await fetch(`${gateway.admin}/reload`, { method: "POST", headers: { authorization } });
  expect(response.status).toBe(200);
  expect(await reloads("success")).toBeGreaterThan(before);
});

test("an invalid file changes nothing and is told of everywhere", async () => {
  gateway.rewrite(asking("model-good"));
  await until("the good model is asked", async () => (await asked()) === "model-good");
  const { providers, ...rest } = asking("model-bad");
  const [provider] = providers as JsonObject[];
  const { apiTokens: _tokens, ...misspelt } = { ...provider, apiToken: ["a-secret-in-a-wrong-place"] } as JsonObject;
  gateway.rewrite({ ...rest, providers: [misspelt], unheardOf: 1 });
  const response = await fetch(`${gateway.admin}/reload`, { method: "POST", headers: { authorization } });
  expect(response.status).toBe(422);
  const answer = await response.text();
  expect(answer).toContain("apiToken");
  expect(answer).toContain("apiTokens");
  expect(answer).toContain("unheardOf");
  expect(answer).toContain("gateway.yaml");
  expect(answer).not.toContain("a-secret-in-a-wrong-place");
  expect(await asked()).toBe("model-good");
  const state = await ready();
  expect(state.status).toBe(200);
  expect(state.text).toMatch(/stale/);
  expect(await reloads("failure")).toBeGreaterThan(0);
  expect(await metrics()).toMatch(/^sluice_config_last_reload_successful 0$/m);
  await gateway.stderr.find("the problem", (line) => (line.includes("unheardOf") ? line : undefined));
  expect(gateway.output).not.toContain("a-secret-in-a-wrong-place");
  gateway.rewrite(asking("model-mended"));
  await until("the mended model is asked", async () => (await asked()) === "model-mended");
  expect((await ready()).text).not.toMatch(/stale/);
});

test("a provider that its type refuses changes nothing", async () => {
  gateway.rewrite(asking("model-before"));
  await until("the model before is asked", async () => (await asked()) === "model-before");
  const { providers, ...rest } = asking("model-refused");
  const refused = { id: "aws", type: "bedrock", awsRegion: "us-east-1", awsSecretKey: "a-secret-without-its-key" };
  gateway.rewrite({ ...rest, providers: [...(providers as JsonObject[]), refused] });
  const response = await fetch(`${gateway.admin}/reload`, { method: "POST", headers: { authorization } });
  expect(response.status).toBe(422);
  const answer = await response.text();
  expect(answer).toMatch(/gateway\.yaml:\d+:\d+ {2}providers\[1\] {2}awsAccessKey is missing/);
  expect(answer).not.toContain("a-secret-without-its-key");
  expect(await asked()).toBe("model-before");
});

test("an open stream does not notice a reload", async () => {
  const held = gate();
  upstream.reply(text("one two three four", { hold: { afterFrames: 3, until: held.opened } }));
  const stream = await openai.chat.completions.create({ model: "x", messages, stream: true });
  const reader = stream[Symbol.asyncIterator]();
  let said = "";
  for (let chunks = 0; chunks < 3; chunks++) said += (await reader.next()).value?.choices[0]?.delta.content ?? "";
  gateway.rewrite(asking("model-during-stream"));
  await until("the new model is asked", async () => (await asked()) === "model-during-stream");
  held.open();
  for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
    said += next.value.choices[0]?.delta.content ?? "";
  }
  expect(said).toBe("one two three four");
});
