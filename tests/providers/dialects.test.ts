/** What providers change of a request in OpenAI's protocol, whoever wrote it. */
import { describe, expect, test } from "bun:test";
import { github } from "#providers/github.ts";
import { grok } from "#providers/grok.ts";
import { groq } from "#providers/groq.ts";
import { minimax } from "#providers/minimax.ts";
import { mistral } from "#providers/mistral.ts";
import { zhipuai } from "#providers/zhipuai.ts";
import { doubao } from "#providers/doubao.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { ANSWERS } from "#tests/contracts/provider-answers.ts";
import { configure } from "#tests/contracts/provider.ts";
import { openProviderStage, SECRETS } from "#tests/contracts/provider-stage.ts";

const HI = [{ role: "user", content: "Hi." }];

/** What the provider gets for a request, and what the client is told to be lost. */
async function sent(
  definition: ProviderDefinition,
  path: string,
  body: JsonObject,
): Promise<{ readonly body: JsonObject; readonly lost: string | null }> {
  const stage = await openProviderStage(definition, {}, () => Response.json(ANSWERS["openai-chat"]?.whole));
  try {
    const answer = await stage.ask(path, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return { body: JSON.parse(stage.asked[0]!.body), lost: answer.headers.get("x-sluice-loss") };
  } finally {
    await stage.close();
  }
}

describe("Mistral, which refuses what it does not know", () => {
  const own = { model: "mistral-large-latest", messages: HI, temperature: 0 };

  test("an OpenAI client's fields get its names, and what it has not is told", async () => {
    expect(
      await sent(mistral, "/v1/chat/completions", {
        ...own,
        max_completion_tokens: 9,
        seed: 7,
        user: "u-1",
        logprobs: null,
        stream_options: { include_usage: true },
      }),
    ).toEqual({ body: { ...own, max_tokens: 9, random_seed: 7 }, lost: "user" });
  });

  test("a request without them is not touched", async () => {
    const text = `{"model":"mistral-small", "messages":[{"role":"user","content":"Hi."}]}`;
    const stage = await openProviderStage(mistral, {}, () => Response.json(ANSWERS["openai-chat"]?.whole));
    await stage.ask("/v1/chat/completions", { method: "POST", body: text });
    expect(stage.asked[0]?.body).toBe(text);
    await stage.close();
  });

  test("a Gemini client's are converted to them", async () => {
    const { body } = await sent(mistral, "/v1beta/models/mistral-large-latest:generateContent", {
      contents: [{ role: "user", parts: [{ text: "Hi." }] }],
      generationConfig: { seed: 7, maxOutputTokens: 9, responseLogprobs: true },
    });
    expect(body).toEqual({ model: "mistral-large-latest", messages: HI, max_tokens: 9, random_seed: 7 });
  });

  test("a stream is not asked for usage, which it always has", async () => {
    const stage = await openProviderStage(
      mistral,
      {},
      () => new Response(ANSWERS["openai-chat"]?.stream, { headers: { "content-type": "text/event-stream" } }),
    );
    const body = JSON.stringify({ ...own, stream: true });
    await (await stage.ask("/v1/chat/completions", { method: "POST", body })).text();
    expect(JSON.parse(stage.asked[0]!.body)).toEqual({ ...own, stream: true });
    await stage.close();
  });
});

test("Groq is not sent what it answers with 400", async () => {
  const body = { model: "openai/gpt-oss-20b", messages: HI };
  expect(await sent(groq, "/v1/chat/completions", { ...body, logprobs: true, top_logprobs: 2 })).toEqual({
    body,
    lost: "logprobs, top_logprobs",
  });
});

test.each([
  [grok, "grok-4.3", undefined],
  [grok, "grok-4-0709", "none"],
  [grok, "grok-4", "none"],
  [grok, "grok-4.20-0309-reasoning", "none"],
  [grok, "grok-4.20-multi-agent", undefined],
  [grok, "grok-3", "none"],
  [grok, "grok-3-mini", undefined],
  [grok, "grok-code-fast-1", "none"],
] as const)("%p asks %s for reasoning with %p", (definition, model, request) => {
  expect(configure(definition).dialect("openai-chat", model).reasoningRequest).toBe(request as "none");
});

test.each([
  ["openai/gpt-5-mini", undefined],
  ["openai/o4-mini", undefined],
  ["o3", undefined],
  ["openai/gpt-4.1", "max_tokens"],
  ["meta/llama-3.3-70b-instruct", "max_tokens"],
] as const)("GitHub's %s is told its limit in %p", (model, field) => {
  expect(configure(github).dialect("openai-chat", model).maxTokensField).toBe(field as "max_tokens");
});

test("other protocols have no dialect", () => {
  expect(configure(grok).dialect("openai-responses", "grok-4")).toEqual({});
});

describe("APIs only one vendor has", () => {
  test.each([
    [mistral, "/v1/fim/completions", "https://api.mistral.ai/v1/fim/completions"],
    [mistral, "/team/v1/ocr", "https://api.mistral.ai/v1/ocr"],
    [mistral, "/v1/batch/jobs/j1/cancel", "https://api.mistral.ai/v1/batch/jobs/j1/cancel"],
    [mistral, "/v1/ocrs", undefined],
    [mistral, "/v1/embeddings", undefined],
    [zhipuai, "/v1/web_search", "https://open.bigmodel.cn/api/paas/v4/web_search"],
    [
      doubao,
      "/v1/contents/generations/tasks/t1",
      "https://ark.cn-beijing.volces.com/api/v3/contents/generations/tasks/t1",
    ],
    [grok, "/v1/tokenize-text", "https://api.x.ai/v1/tokenize-text"],
  ])("%p takes %s", (definition, path, url) => {
    expect(configure(definition).passThrough?.(path)).toBe(url as string);
  });

  test("they go through with the provider's credential", async () => {
    const stage = await openProviderStage(mistral, {}, () => Response.json({ pages: [] }));
    const answer = await stage.ask("/v1/ocr", {
      method: "POST",
      headers: { authorization: "Bearer the-client" },
      body: '{"model":"mistral-ocr-latest"}',
    });
    expect([answer.status, await answer.json()]).toEqual([200, { pages: [] }]);
    expect(stage.asked[0]).toMatchObject({
      url: "https://api.mistral.ai/v1/ocr",
      body: '{"model":"mistral-ocr-latest"}',
    });
    expect(SECRETS.map((secret) => `Bearer ${secret}`)).toContain(stage.asked[0]!.headers.get("authorization")!);
    await stage.close();
  });
});

describe("MiniMax", () => {
  /** Format: https://platform.minimax.io/docs/api-reference/errorcode */
  const refused = { id: "1", choices: null, base_resp: { status_code: 1004, status_msg: "login fail" } };

  test("an error with status 200 is one, and the next key is asked", async () => {
    const stage = await openProviderStage(minimax, {}, () => Response.json(refused));
    const answer = await stage.ask("/v1/chat/completions", { method: "POST", body: '{"model":"m","messages":[]}' });
    expect([answer.status, stage.asked.length]).toEqual([502, 2]);
    expect(await answer.json()).toMatchObject({ error: { message: "login fail", code: "1004" } });
    await stage.close();
  });

  test("so is one in a stream", async () => {
    const event = { ...refused, base_resp: { status_code: 1002, status_msg: "rate limit" } };
    const stage = await openProviderStage(
      minimax,
      {},
      () => new Response(`data: ${JSON.stringify(event)}\n\n`, { headers: { "content-type": "text/event-stream" } }),
    );
    const body = '{"model":"m","messages":[],"stream":true}';
    const answer = await stage.ask("/v1/chat/completions", { method: "POST", body });
    expect(await answer.text()).toContain("rate limit");
    await stage.close();
  });

  test("an answer with the code of success is one", async () => {
    const { body } = await sent(minimax, "/v1/chat/completions", { model: "m", messages: HI });
    expect(body).toEqual({ model: "m", messages: HI });
  });

  test("a Gemini client is converted to where reasoning comes apart", async () => {
    const stage = await openProviderStage(minimax, {}, () => Response.json(ANSWERS["anthropic-messages"]?.whole));
    const contents = [{ role: "user", parts: [{ text: "Hi." }] }];
    const answer = await stage.ask("/v1beta/models/m:generateContent", {
      method: "POST",
      body: JSON.stringify({ contents }),
    });
    expect([answer.status, stage.asked[0]?.url]).toEqual([200, "https://api.minimaxi.com/anthropic/v1/messages"]);
    await stage.close();
  });

  test("the older API is refused", () => {
    expect(() => configure(minimax, { options: { minimaxApiType: "pro" } })).toThrow();
    expect(() => configure(minimax, { options: { minimaxApiType: "v2", minimaxGroupId: "1" } })).not.toThrow();
  });
});
