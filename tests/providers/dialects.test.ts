/** What providers change of a request in OpenAI's protocol, whoever wrote it. */
import { describe, expect, test } from "bun:test";
import { github } from "#providers/github.ts";
import { grok } from "#providers/grok.ts";
import { groq } from "#providers/groq.ts";
import { minimax } from "#providers/minimax.ts";
import { mistral } from "#providers/mistral.ts";
import { zhipuai } from "#providers/zhipuai.ts";
import { doubao } from "#providers/doubao.ts";
import { ANSWERS } from "#tests/contracts/provider-answers.ts";
import { configure } from "#tests/contracts/provider.ts";
import { sent } from "#tests/contracts/provider-sent.ts";
import { openProviderStage, SECRETS } from "#tests/contracts/provider-stage.ts";

const HI = [{ role: "user", content: "Hi." }];

test("Groq is not sent what it answers with 400", async () => {
  const body = { model: "openai/gpt-oss-20b", messages: HI };
  const asked = { ...body, messages: [{ ...HI[0]!, name: "ann" }], logprobs: true, top_logprobs: 2 };
  expect(await sent(groq, "/v1/chat/completions", asked)).toEqual({
    body,
    lost: "logprobs, top_logprobs, messages[].name",
  });
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
    ["/v1/fim/completions", mistral, "https://api.mistral.ai/v1/fim/completions"],
    ["/team/v1/ocr", mistral, "https://api.mistral.ai/v1/ocr"],
    ["/v1/batch/jobs/j1/cancel", mistral, "https://api.mistral.ai/v1/batch/jobs/j1/cancel"],
    ["/v1/ocrs", mistral, undefined],
    ["/v1/embeddings", mistral, undefined],
    ["/v1/web_search", zhipuai, "https://open.bigmodel.cn/api/paas/v4/web_search"],
    [
      "/v1/contents/generations/tasks/t1",
      doubao,
      "https://ark.cn-beijing.volces.com/api/v3/contents/generations/tasks/t1",
    ],
    ["/v1/tokenize-text", grok, "https://api.x.ai/v1/tokenize-text"],
  ])("%s", (path, definition, url) => {
    expect(configure(definition).passThrough?.(path)).toBe(url as string);
  });

  test("they go through with the provider's credential", async () => {
    const stage = await openProviderStage(mistral, {}, () => Response.json({ pages: [] }));
    const answer = await stage.ask("/v1/ocr", {
      method: "POST",
      headers: { authorization: "Bearer the-client", "api-key": "the-client", "x-api-key": "the-client" },
      body: '{"model":"mistral-ocr-latest"}',
    });
    expect([answer.status, await answer.json()]).toEqual([200, { pages: [] }]);
    expect(stage.asked[0]).toMatchObject({
      url: "https://api.mistral.ai/v1/ocr",
      body: '{"model":"mistral-ocr-latest"}',
    });
    expect(SECRETS.map((secret) => `Bearer ${secret}`)).toContain(stage.asked[0]!.headers.get("authorization")!);
    expect(JSON.stringify([...stage.asked[0]!.headers])).not.toContain("the-client");
    await stage.close();
  });
});

describe("MiniMax", () => {
  test("the older model that draws has a path and a format of its own", () => {
    const provider = configure(minimax, { apiTokens: ["k"] });
    const call = { api: "image-generation", protocol: "openai-chat", stream: false } as const;
    expect(provider.url({ ...call, model: "image-01" })).toBe("https://api.minimaxi.com/v1/image_generation");
    expect(provider.shape?.("image-generation", "image-01")).toBe("minimax");
    expect(provider.shape?.("image-generation", "MiniMax-H3-Image")).toBe("openai");
  });

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
