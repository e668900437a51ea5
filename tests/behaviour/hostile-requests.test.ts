import { afterAll, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage((upstream) => ({
  providers: [
    { id: "openai", type: "openai", apiTokens: ["k"], baseUrl: upstream.origin },
    { id: "claude", type: "claude", apiTokens: ["k"], baseUrl: upstream.origin },
  ],
  routes: [
    { name: "openai", match: { models: ["gpt-*"] }, ai: { upstreams: [{ provider: "openai" }] } },
    { name: "claude", match: { models: ["claude-*"] }, ai: { upstreams: [{ provider: "claude" }] } },
  ],
}));
afterAll(() => stage.close());

/** One way of asking: the path for a model, what to convert it to, and a body with a tool that takes `schema`. */
interface Way {
  readonly name: string;
  readonly model: string;
  readonly path: (model: string) => string;
  readonly body: (model: string, schema: string) => string;
}

const WAYS: readonly Way[] = [
  {
    name: "Chat Completions",
    model: "claude-sonnet-4-5",
    path: () => "/v1/chat/completions",
    body: (model, schema) =>
      `{"model":"${model}","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`,
  },
  {
    name: "Responses",
    model: "claude-sonnet-4-5",
    path: () => "/v1/responses",
    body: (model, schema) =>
      `{"model":"${model}","input":"Hi","tools":[{"type":"function","name":"f","strict":true,"parameters":${schema}}]}`,
  },
  {
    name: "Messages",
    model: "gpt-5",
    path: () => "/v1/messages",
    body: (model, schema) =>
      `{"model":"${model}","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":${schema}}]}`,
  },
  {
    name: "Gemini",
    model: "gpt-5",
    path: (model) => `/v1beta/models/${model}:generateContent`,
    body: (_model, schema) =>
      `{"contents":[{"parts":[{"text":"Hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":${schema}}]}]}`,
  },
];

function schemaOf(depth: number): string {
  return `${'{"type":"object","properties":{"a":'.repeat(depth)}{"type":"string"}${"}}".repeat(depth)}`;
}

async function messageOf(response: Response): Promise<unknown> {
  const { error } = (await response.json()) as { error: { message: unknown } };
  return error.message;
}

test.each(WAYS)("$name: schemas are converted to some depth, and refused beyond", async ({ model, path, body }) => {
  const deep = await stage.post(path(model), body(model, schemaOf(200)));
  expect([deep.status, await deep.text()]).toEqual([200, expect.any(String)]);
  const deeper = await stage.post(path(model), body(model, schemaOf(20_000)));
  expect(deeper.status).toBe(400);
  expect(await messageOf(deeper)).toBe("The request body is nested more than 500 levels deep.");
});

test.each(WAYS)("$name: a model's name is no place for a megabyte", async ({ path, body }) => {
  const model = `gpt-${"m".repeat(3000)}`;
  const response = await stage.post(path(model), body(model, "{}"));
  expect(response.status).toBe(400);
  expect(await messageOf(response)).toBe("The model's name is longer than 2048 characters.");
});

test.each(WAYS)("$name: a compressed body is told to be one", async ({ model, path, body }) => {
  const response = await fetch(stage.gateway.origin + path(model), {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: gzipSync(body(model, "{}")),
  });
  expect(response.status).toBe(415);
  expect(await messageOf(response)).toBe("The request body is compressed: send it without a content-encoding.");
});
