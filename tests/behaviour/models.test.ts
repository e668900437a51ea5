import { afterAll, expect, test } from "bun:test";
import { GoogleGenAI } from "@google/genai";
import { BOTH, providerOf } from "#tests/support/kinds.ts";
import { openStage, thrownBy } from "#tests/support/stage.ts";

const stage = await openStage((upstream) => ({
  providers: BOTH.map((kind) => providerOf(kind, upstream, { modelMapping: { "mapped-name": "fake-small" } })),
  prices: { "fake-small": { contextWindow: 1000 } },
  routes: [{ name: "all", ai: { pick: "owner" } }],
}));
const { openai, claude, gateway } = stage;

afterAll(() => stage.close());

test("OpenAI's client lists the models and retrieves one of them", async () => {
  const page = await openai.models.list();
  expect(page.object).toBe("list");
  expect(page.data.length).toBeGreaterThan(0);
  for (const { id, object, created, owned_by: owner } of page.data) {
    expect([typeof id, object, typeof created, typeof owner]).toEqual(["string", "model", "number", "string"]);
  }
  const ids = page.data.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const [first = ""] = ids;
  expect((await openai.models.retrieve(first)).id).toBe(first);
});

test("Anthropic's client lists the same models in its own shape and retrieves one of them", async () => {
  const listed = await openai.models.list();
  const page = await claude.models.list({ limit: 1000 });
  expect(page.data.map(({ id }) => id).sort()).toEqual(listed.data.map(({ id }) => id).sort());
  for (const { type, display_name: name, created_at: created } of page.data) {
    expect([type, typeof name]).toEqual(["model", "string"]);
    expect(created).toMatch(/^\d{4}-.*Z$/);
  }
  const [first] = page.data;
  expect((await claude.models.retrieve(first?.id ?? "")).type).toBe("model");
});

test("the context window is told where it is known, under the name a client asks for", async () => {
  const windows = new Map<string, unknown>();
  for (const model of (await openai.models.list()).data) {
    windows.set(model.id.replace(/^.*\//, ""), "context_window" in model ? model.context_window : "unknown");
  }
  expect(Object.fromEntries(windows)).toEqual({ "mapped-name": 1000, "fake-small": 1000, "fake-large": "unknown" });
  const page = await claude.models.list({ limit: 1000 });
  for (const { id, max_input_tokens: most } of page.data) expect(most === 1000).toBe(!id.endsWith("large"));
});

test("Anthropic's client turns the pages", async () => {
  const all = (await claude.models.list({ limit: 1000 })).data.map(({ id }) => id);
  const paged: string[] = [];
  for await (const model of claude.models.list({ limit: 1 })) paged.push(model.id);
  expect(paged).toEqual(all);
});

test("Google's client lists the same models in its own shape, page by page, and gets one of them", async () => {
  const google = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: gateway.origin } });
  const all = (await openai.models.list()).data.map(({ id }) => id);
  const paged: string[] = [];
  for await (const { name } of await google.models.list({ config: { pageSize: 1 } })) paged.push(name ?? "");
  expect(paged).toEqual(all.map((id) => `models/${id}`));
  const [first = ""] = all;
  expect(await google.models.get({ model: first })).toMatchObject({ name: `models/${first}` });
  expect(await thrownBy(google.models.get({ model: "no-such-model" }))).toMatchObject({ status: 404 });
});

test("the names of the mapping are offered", async () => {
  const { data } = await openai.models.list();
  expect(data.some(({ id }) => id.endsWith("mapped-name"))).toBe(true);
});

test("an unknown model is not found, in the asker's shape", async () => {
  expect(await thrownBy(openai.models.retrieve("no-such-model"))).toMatchObject({ status: 404 });
  expect(await thrownBy(claude.models.retrieve("no-such-model"))).toMatchObject({
    status: 404,
    error: { type: "error", error: { type: "not_found_error" } },
  });
});

test("the anthropic-version header picks the shape", async () => {
  const plain = await (await fetch(`${gateway.origin}/v1/models`)).json();
  expect(plain).toHaveProperty("object", "list");
  const versioned = await (
    await fetch(`${gateway.origin}/v1/models`, { headers: { "anthropic-version": "2023-06-01" } })
  ).json();
  expect(versioned).toHaveProperty("has_more");
});
