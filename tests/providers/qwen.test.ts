import { describe, expect, test } from "bun:test";
import { qwen } from "#providers/qwen.ts";
import type { JsonObject } from "#src/core/json.ts";
import { TEXT, USAGE, type ProviderAnswer } from "#tests/contracts/provider-answers.ts";
import { call, configure, describeProvider } from "#tests/contracts/provider.ts";

const HOST = "https://dashscope.aliyuncs.com";
const ROOT = `${HOST}/compatible-mode/v1`;
const BEARER = { authorization: "Bearer $SECRET" };
const CLAUDE = { "x-api-key": "$SECRET", "anthropic-version": "2023-06-01" };

// Codes: https://help.aliyun.com/zh/model-studio/error-code
const ERRORS = [
  { status: 401, body: { code: "InvalidApiKey", message: "Invalid API-key provided." }, verdict: "credential" },
  {
    status: 400,
    body: { code: "Arrearage", message: "Please make sure your account is in good standing." },
    verdict: "credential",
  },
  {
    status: 429,
    body: { code: "Throttling.RateQuota", message: "Requests rate limit exceeded." },
    verdict: "credential",
  },
  { status: 400, body: { code: "InvalidParameter", message: "Range of top_p is (0, 1.0]." }, verdict: "request" },
  { status: 500, body: { code: "InternalError", message: "An internal error has occurred." }, verdict: "upstream" },
] as const;

// Paths: https://help.aliyun.com/zh/model-studio, the pages on OpenAI's and Anthropic's protocols and on rerank
describeProvider({
  definition: qwen,
  settings: { apiTokens: ["sk-x"] },
  urls: {
    "chat openai-chat": `${ROOT}/chat/completions`,
    "chat openai-responses": `${ROOT}/responses`,
    "chat anthropic-messages": `${HOST}/apps/anthropic/v1/messages`,
    embeddings: `${ROOT}/embeddings`,
    completions: `${ROOT}/completions`,
    files: `${ROOT}/files`,
    batches: `${ROOT}/batches`,
    responses: `${ROOT}/responses`,
    conversations: `${ROOT}/conversations`,
    "image-generation": `${HOST}/api/v1/services/aigc/multimodal-generation/generation`,
    rerank: `${HOST}/compatible-api/v1/reranks`,
    aigc: `${HOST}/api/v1/services/aigc`,
    tasks: `${HOST}/api/v1/tasks`,
  },
  headers: { "openai-chat": BEARER, "openai-responses": BEARER, "anthropic-messages": CLAUDE },
  keyless: false,
  addresses: [
    [
      { options: { qwenDomain: "dashscope-intl.aliyuncs.com" } },
      "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
    ],
    [{ baseUrl: "http://127.0.0.1:9" }, "http://127.0.0.1:9/compatible-mode/v1/chat/completions"],
    [{ baseUrl: "http://127.0.0.1:9" }, "http://127.0.0.1:9/apps/anthropic/v1/messages", "anthropic-messages"],
  ],
  errors: ERRORS,
});

/** Format: https://help.aliyun.com/zh/model-studio/qwen-api-reference, "DashScope" */
function answer(content: string, reason: string): JsonObject {
  return {
    output: { choices: [{ message: { role: "assistant", content }, index: 0, finish_reason: reason }] },
    usage: { input_tokens: USAGE.inputTokens, output_tokens: USAGE.outputTokens, total_tokens: 17 },
    request_id: "r-1",
  };
}
const DASHSCOPE: ProviderAnswer = {
  whole: answer(TEXT, "stop"),
  stream: [answer("Hello, ", "null"), answer("you.", "null"), answer("", "stop")]
    .map((event, index) => `id:${index}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(event)}\n\n`)
    .join(""),
};
const NATIVE = { qwenEnableCompatible: false };

describe("in DashScope's own format", () => {
  describeProvider({
    definition: qwen,
    settings: { apiTokens: ["sk-x"], options: NATIVE },
    urls: {
      "image-generation": `${HOST}/api/v1/services/aigc/multimodal-generation/generation`,
      "chat anthropic-messages": `${HOST}/apps/anthropic/v1/messages`,
      embeddings: `${HOST}/api/v1/services/embeddings/text-embedding/text-embedding`,
      rerank: `${HOST}/api/v1/services/rerank/text-rerank/text-rerank`,
      aigc: `${HOST}/api/v1/services/aigc`,
      tasks: `${HOST}/api/v1/tasks`,
    },
    headers: { dashscope: BEARER, "anthropic-messages": CLAUDE },
    keyless: false,
    answers: { dashscope: DASHSCOPE },
    addresses: [
      [
        { options: { ...NATIVE, qwenDomain: "dashscope-intl.aliyuncs.com" } },
        "https://dashscope-intl.aliyuncs.com/api/v1/services/aigc/text-generation/generation",
      ],
      [
        { baseUrl: "http://127.0.0.1:9/compatible-mode/v1", options: NATIVE },
        "http://127.0.0.1:9/api/v1/services/aigc/text-generation/generation",
      ],
    ],
    errors: ERRORS,
  });

  test("models that see have an API of their own, and streams are asked for by a header", async () => {
    const provider = configure(qwen, { apiTokens: ["sk-x"], options: NATIVE });
    const asked = call("dashscope");
    expect(provider.url({ ...asked, model: "qwen-vl-max" })).toEndWith("/aigc/multimodal-generation/generation");
    const [whole, streamed] = [new Headers(), new Headers()];
    await provider.authorize(whole, undefined, asked);
    await provider.authorize(streamed, undefined, { ...asked, stream: true });
    expect(whole.get("x-dashscope-sse")).toBeNull();
    expect(streamed.get("x-dashscope-sse")).toBe("enable");
    const claude = new Headers();
    await provider.authorize(claude, undefined, { ...call("anthropic-messages"), stream: true });
    expect(claude.get("x-dashscope-sse")).toBeNull();
  });
});

describe("settings", () => {
  const options = { qwenEnableSearch: true, qwenFileIds: ["file-a", "file-b"] };
  const provider = configure(qwen, { apiTokens: ["sk-x"], options });
  const user = { role: "user", content: "Hi" };
  const files = { role: "system", content: "fileid://file-a,fileid://file-b" };

  test("search the web where the request does not say", () => {
    const adjust = (body: JsonObject): JsonObject | undefined => provider.adjust?.(body, call("openai-chat"));
    expect(adjust({ messages: [user] })).toEqual({ messages: [user], enable_search: true });
    expect(adjust({ messages: [user], enable_search: false })).toEqual({ messages: [user], enable_search: false });
    expect(provider.adjust?.({ input: "x" }, call("openai-chat", "embeddings"))).toEqual({ input: "x" });
  });

  test("files stand behind the system message, in either format", () => {
    const long = { ...call("openai-chat"), model: "qwen-long-latest" };
    const dummy = { role: "system", content: "You are a helpful assistant." };
    const own = { role: "system", content: "Be kind." };
    expect(provider.adjust?.({ messages: [user] }, long)).toMatchObject({ messages: [dummy, files, user] });
    expect(provider.adjust?.({ messages: [own, user] }, long)).toMatchObject({ messages: [own, files, user] });
    expect(
      provider.adjust?.(
        { input: { messages: [own, user] }, parameters: { seed: 1 } },
        { ...long, protocol: "dashscope" },
      ),
    ).toEqual({
      input: { messages: [own, files, user] },
      parameters: { enable_search: true, seed: 1 },
    });
  });

  test("Responses are for the models that answer them, and without settings nothing is changed", () => {
    expect(provider.protocolsFor?.("qwen3-max")).toContain("openai-responses");
    expect(provider.protocolsFor?.("qwen3.5-plus")).toContain("openai-responses");
    expect(provider.protocolsFor?.("qwen-vl-max")).not.toContain("openai-responses");
    expect("adjust" in configure(qwen, { apiTokens: ["sk-x"] })).toBeFalse();
    expect(() => configure(qwen, { options: { qwenFileIds: ["a b"] } })).toThrow();
  });
});
