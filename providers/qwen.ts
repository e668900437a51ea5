import { z } from "zod";
import type { ApiName } from "#src/core/api.ts";
import type { Provider, ProviderDefinition, ProviderSettings, ProviderWorld } from "#src/core/provider.ts";
import { isMultimodal } from "#src/protocols/dashscope/models.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import type { OpenAICompatible } from "./openai-spec.ts";
import { changesRequests, type QwenSettings, withQwenSettings } from "./qwen-request.ts";

interface Options extends QwenSettings {
  readonly qwenEnableCompatible?: boolean | undefined;
  readonly qwenDomain?: string | undefined;
}

const FIELDS: Readonly<Record<keyof Options, z.ZodType>> = {
  qwenEnableCompatible: z
    .boolean()
    .optional()
    .describe("Ask through DashScope's imitation of OpenAI's API; true when left out. Else in DashScope's own format."),
  qwenDomain: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The server in place of dashscope.aliyuncs.com, such as dashscope-intl.aliyuncs.com; baseUrl wins over it.",
    ),
  qwenEnableSearch: z.boolean().optional().describe("Let the models search the web, for requests that do not say."),
  qwenFileIds: z
    .array(z.string().regex(/^[\w-]+$/, "must be the id of a file"))
    .optional()
    .describe("Files that every conversation with qwen-long knows."),
};

/** DashScope's own asynchronous services, which are the same in both modes. */
const SERVICES: Readonly<Partial<Record<ApiName, string>>> = {
  aigc: "/api/v1/services/aigc",
  tasks: "/api/v1/tasks",
};

/** Where images are made while the client waits, by the models that can: help.aliyun.com/zh/model-studio/qwen-image-api */
const DRAWS = "/api/v1/services/aigc/multimodal-generation/generation";

/** Models that answer Responses. Source: help.aliyun.com/zh/model-studio/compatibility-with-openai-responses-api */
const RESPONDING = /^(?:qwen3-max|qwen-?3\.\d|qwen-(?:plus|flash)|qwen3-coder)/;

/** What both modes share. */
const COMMON: OpenAICompatible = {
  type: "qwen",
  vendor: "alibaba_cloud",
  base: "https://dashscope.aliyuncs.com/compatible-mode/v1",
  hosts: { "dashscope-intl.aliyuncs.com": undefined, "dashscope-us.aliyuncs.com": undefined },
  fields: FIELDS,
  environment: { token: "DASHSCOPE_API_KEY", baseUrl: "DASHSCOPE_BASE_URL" },
  owns: ["qwen", "qwq", "qvq", "text-embedding-v"],
  needsToken: true,
  address: ({ qwenDomain: url }) => (typeof url === "string" ? { setting: "qwenDomain", url } : undefined),
  messages: { path: "/apps/anthropic/v1/messages", aside: true, secret: ["x-api-key", ""] },
  forwardHeaders: [
    "x-dashscope-async",
    "x-dashscope-datainspection",
    "x-dashscope-ossresourceresolve",
    "x-dashscope-plugin",
    "x-dashscope-sse",
    "x-dashscope-workspace",
  ],
  dialect: {
    maxTokensField: "max_tokens",
    developerRole: false,
    reasoningField: "reasoning_content",
    reasoningRequest: "enable-thinking",
    cacheControl: true,
    topK: true,
  },
  errors: {
    verdicts: {
      InvalidApiKey: "credential",
      Arrearage: "credential",
      arrearage: "credential",
      invalid_api_key: "credential",
    },
  },
};

/** With DashScope's imitation of OpenAI's API. Paths: help.aliyun.com/zh/model-studio, "OpenAI 兼容" */
const compatible = openaiCompatible({
  ...COMMON,
  responses: { models: (model) => RESPONDING.test(model) },
  apis: ["embeddings", "completions", "files", "batches", "responses", "conversations"],
  asidePaths: { ...SERVICES, "image-generation": DRAWS, rerank: "/compatible-api/v1/reranks" },
  shapes: { "image-generation": "dashscope" },
});

/** In DashScope's own format. Paths: help.aliyun.com/zh/model-studio, "DashScope" */
const native = openaiCompatible({
  ...COMMON,
  apis: [],
  asidePaths: {
    ...SERVICES,
    "image-generation": DRAWS,
    embeddings: "/api/v1/services/embeddings/text-embedding/text-embedding",
    rerank: "/api/v1/services/rerank/text-rerank/text-rerank",
  },
  shapes: { embeddings: "dashscope", "image-generation": "dashscope", rerank: "dashscope" },
});

/** Alibaba Cloud's Model Studio (DashScope) with Qwen's models and others. */
export const qwen: ProviderDefinition = { ...compatible, configure };

function configure(settings: ProviderSettings, world: ProviderWorld): Provider {
  const options = settings.options as Options;
  const own = options.qwenEnableCompatible === false;
  const provider = own ? speaksDashScope(native.configure(settings, world)) : compatible.configure(settings, world);
  return changesRequests(options)
    ? { ...provider, adjust: (body, call) => withQwenSettings(body, call, options) }
    : provider;
}

function speaksDashScope(provider: Provider): Provider {
  return {
    ...provider,
    protocols: ["dashscope", "anthropic-messages"],
    dialect: () => ({}),
    url(call) {
      if (call.api !== "chat" || call.protocol === "anthropic-messages") return provider.url(call);
      if (call.protocol !== "dashscope") return undefined;
      const rest = isMultimodal(call.model) ? "/multimodal-generation/generation" : "/text-generation/generation";
      return provider.url({ ...call, api: "aigc", protocol: "openai-chat", rest });
    },
    authorize(headers, credential, call) {
      if (call.protocol === "dashscope" && call.stream) headers.set("x-dashscope-sse", "enable");
      return provider.authorize(headers, credential, call);
    },
  };
}
