/** The providers that are a description over the OpenAI-compatible base. What each has is from its vendor's API reference. */
import { cloudflare } from "#providers/cloudflare.ts";
import { doubao } from "#providers/doubao.ts";
import { fireworks } from "#providers/fireworks.ts";
import { github } from "#providers/github.ts";
import { grok } from "#providers/grok.ts";
import { groq } from "#providers/groq.ts";
import { minimax } from "#providers/minimax.ts";
import { mistral } from "#providers/mistral.ts";
import { moonshot } from "#providers/moonshot.ts";
import { togetherAi } from "#providers/together-ai.ts";
import { zhipuai } from "#providers/zhipuai.ts";
import { describeProvider } from "#tests/contracts/provider.ts";
import type { ProviderExpectations } from "#tests/contracts/provider-expectations.ts";

/** URLs below a root. */
function under(root: string, paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([api, path]) => [api, root + path]));
}

const BEARER = { authorization: "Bearer $SECRET" };
const CHAT = { "openai-chat": BEARER } as const;
const RESPONSES = { ...CHAT, "openai-responses": BEARER } as const;
const CLAUDE = { "anthropic-messages": { ...BEARER, "anthropic-version": "2023-06-01" } } as const;

const FLEET: readonly ProviderExpectations[] = [
  {
    definition: moonshot,
    urls: {
      ...under("https://api.moonshot.cn/v1", {
        "chat openai-chat": "/chat/completions",
        "chat openai-responses": "/responses",
        models: "/models",
        files: "/files",
        batches: "/batches",
      }),
      "chat anthropic-messages": "https://api.moonshot.cn/anthropic/v1/messages",
    },
    headers: { ...RESPONSES, ...CLAUDE },
    keyless: false,
    addresses: [
      [{ baseUrl: "https://api.moonshot.ai" }, "https://api.moonshot.ai/v1/chat/completions"],
      [
        { baseUrl: "https://api.moonshot.ai/v1" },
        "https://api.moonshot.ai/anthropic/v1/messages",
        "anthropic-messages",
      ],
    ],
    errors: [
      {
        status: 429,
        body: { error: { message: "Your account is suspended.", type: "exceeded_current_quota_error" } },
        verdict: "credential",
      },
      {
        status: 429,
        body: { error: { message: "The engine is currently overloaded.", type: "engine_overloaded_error" } },
        verdict: "upstream",
      },
    ],
  },
  {
    definition: zhipuai,
    urls: {
      ...under("https://open.bigmodel.cn/api/paas/v4", {
        "chat openai-chat": "/chat/completions",
        embeddings: "/embeddings",
        "image-generation": "/images/generations",
        speech: "/audio/speech",
        transcription: "/audio/transcriptions",
        rerank: "/rerank",
        files: "/files",
        batches: "/batches",
      }),
      realtime: "wss://open.bigmodel.cn/api/paas/v4/realtime",
      "chat anthropic-messages": "https://open.bigmodel.cn/api/anthropic/v1/messages",
    },
    headers: { ...CHAT, ...CLAUDE },
    keyless: false,
    addresses: [
      [{ options: { zhipuDomain: "api.z.ai" } }, "https://api.z.ai/api/paas/v4/chat/completions"],
      [{ options: { zhipuDomain: "api.z.ai" } }, "https://api.z.ai/api/anthropic/v1/messages", "anthropic-messages"],
      [{ options: { zhipuCodePlanMode: true } }, "https://open.bigmodel.cn/api/coding/paas/v4/chat/completions"],
      [
        { baseUrl: "http://p.test/x/api/paas/v4", options: { zhipuCodePlanMode: true } },
        "http://p.test/x/api/coding/paas/v4/chat/completions",
      ],
    ],
    errors: [
      { status: 400, body: { error: { code: "1113", message: "Your account is in arrears." } }, verdict: "credential" },
      { status: 429, body: { error: { code: "1305", message: "Too many requests now." } }, verdict: "upstream" },
    ],
  },
  {
    definition: mistral,
    urls: under("https://api.mistral.ai/v1", {
      "chat openai-chat": "/chat/completions",
      models: "/models",
      embeddings: "/embeddings",
      moderations: "/moderations",
      transcription: "/audio/transcriptions",
      files: "/files",
    }),
    headers: CHAT,
    keyless: false,
    errors: [
      { status: 401, body: { detail: "Unauthorized" }, verdict: "credential" },
      {
        status: 422,
        body: { detail: [{ type: "extra_forbidden", loc: ["body", "x"], msg: "Extra inputs are not permitted" }] },
        verdict: "request",
      },
    ],
  },
  {
    definition: groq,
    urls: under("https://api.groq.com/openai/v1", {
      "chat openai-chat": "/chat/completions",
      "chat openai-responses": "/responses",
      models: "/models",
      embeddings: "/embeddings",
      speech: "/audio/speech",
      transcription: "/audio/transcriptions",
      translation: "/audio/translations",
      files: "/files",
      batches: "/batches",
    }),
    headers: RESPONSES,
    keyless: false,
    errors: [
      {
        status: 498,
        body: { error: { message: "Flex tier capacity exceeded.", type: "capacity_exceeded" } },
        verdict: "upstream",
      },
    ],
  },
  {
    definition: grok,
    urls: {
      ...under("https://api.x.ai/v1", {
        "chat openai-chat": "/chat/completions",
        "chat openai-responses": "/responses",
        models: "/models",
        completions: "/completions",
        "image-generation": "/images/generations",
        files: "/files",
        responses: "/responses",
      }),
      realtime: "wss://api.x.ai/v1/realtime",
    },
    headers: RESPONSES,
    keyless: false,
    errors: [
      {
        status: 400,
        body: { code: "Client specified an invalid argument", error: "Incorrect API key provided: $SECRET." },
        verdict: "credential",
      },
      {
        status: 400,
        body: { code: "Client specified an invalid argument", error: "Argument not supported on this model: stop" },
        verdict: "request",
      },
    ],
  },
  {
    definition: togetherAi,
    urls: under("https://api.together.xyz/v1", {
      "chat openai-chat": "/chat/completions",
      models: "/models",
      completions: "/completions",
      embeddings: "/embeddings",
      "image-generation": "/images/generations",
      speech: "/audio/speech",
      transcription: "/audio/transcriptions",
      translation: "/audio/translations",
      rerank: "/rerank",
    }),
    headers: CHAT,
    keyless: false,
    addresses: [[{ baseUrl: "https://api.together.ai" }, "https://api.together.ai/v1/chat/completions"]],
  },
  {
    definition: fireworks,
    urls: under("https://api.fireworks.ai/inference/v1", {
      "chat openai-chat": "/chat/completions",
      "chat openai-responses": "/responses",
      "chat anthropic-messages": "/messages",
      models: "/models",
      completions: "/completions",
      embeddings: "/embeddings",
      rerank: "/rerank",
      responses: "/responses",
    }),
    headers: { ...RESPONSES, ...CLAUDE },
    keyless: false,
  },
  {
    definition: doubao,
    urls: {
      ...under("https://ark.cn-beijing.volces.com/api/v3", {
        "chat openai-chat": "/chat/completions",
        "chat openai-responses": "/responses",
        embeddings: "/embeddings",
        "image-generation": "/images/generations",
        files: "/files",
        responses: "/responses",
      }),
      "chat anthropic-messages": "https://ark.cn-beijing.volces.com/api/compatible/v1/messages",
    },
    headers: { ...RESPONSES, ...CLAUDE },
    keyless: false,
    addresses: [
      [
        { options: { doubaoDomain: "ark.ap-southeast.bytepluses.com" } },
        "https://ark.ap-southeast.bytepluses.com/api/v3/chat/completions",
      ],
    ],
    errors: [
      { status: 404, body: { error: { code: "ModelNotOpen", message: "Not activated." } }, verdict: "credential" },
      { status: 404, body: { error: { code: "InvalidEndpoint.NotFound", message: "None." } }, verdict: "request" },
      { status: 429, body: { error: { code: "ServerOverloaded", message: "Overloaded." } }, verdict: "upstream" },
    ],
  },
  {
    definition: minimax,
    urls: {
      ...under("https://api.minimaxi.com/v1", {
        "chat openai-chat": "/chat/completions",
        "chat openai-responses": "/responses",
        models: "/models",
        embeddings: "/embeddings",
        "image-generation": "/images/generations",
        speech: "/t2a_v2",
      }),
      "chat anthropic-messages": "https://api.minimaxi.com/anthropic/v1/messages",
    },
    headers: { ...RESPONSES, ...CLAUDE },
    keyless: false,
    addresses: [
      [{ baseUrl: "https://api.minimax.io/v1" }, "https://api.minimax.io/v1/chat/completions", "openai-chat"],
      [{ baseUrl: "https://api.minimax.io" }, "https://api.minimax.io/anthropic/v1/messages"],
    ],
  },
  {
    definition: github,
    urls: under("https://models.github.ai/inference", {
      "chat openai-chat": "/chat/completions",
      embeddings: "/embeddings",
    }),
    headers: CHAT,
    keyless: false,
    addresses: [
      [
        { baseUrl: "https://models.github.ai/orgs/acme/inference" },
        "https://models.github.ai/orgs/acme/inference/chat/completions",
      ],
      [{ baseUrl: "https://models.inference.ai.azure.com" }, "https://models.inference.ai.azure.com/chat/completions"],
    ],
    errors: [
      { status: 401, body: { error: { code: "unauthorized", message: "Bad credentials" } }, verdict: "credential" },
      {
        status: 413,
        body: { error: { code: "tokens_limit_reached", message: "Request body too large." } },
        verdict: "request",
      },
    ],
  },
  {
    definition: cloudflare,
    settings: { options: { cloudflareAccountId: "acc1" } },
    urls: under("https://api.cloudflare.com/client/v4/accounts/acc1/ai/v1", {
      "chat openai-chat": "/chat/completions",
      "chat openai-responses": "/responses",
      embeddings: "/embeddings",
    }),
    headers: RESPONSES,
    keyless: false,
    refusal: (_status, message) => ({ success: false, errors: [{ code: 7000, message }], messages: [], result: null }),
    errors: [
      {
        status: 429,
        body: { success: false, errors: [{ code: 3040, message: "Capacity temporarily exceeded." }] },
        verdict: "upstream",
      },
    ],
  },
];

for (const provider of FLEET) describeProvider(provider);
