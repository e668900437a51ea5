import { auth } from "#mcp/auth/policy.ts";
import { databaseKind } from "#mcp/database/kind.ts";
import { moduleKind } from "#mcp/module/kind.ts";
import { openapiKind } from "#mcp/openapi/kind.ts";
import { audit } from "#mcp/policies/audit.ts";
import { limits } from "#mcp/policies/limits.ts";
import { originPolicy } from "#mcp/policies/origin.ts";
import { rateLimit } from "#mcp/policies/rate-limit.ts";
import { allowTools, denyTools } from "#mcp/policies/tool-filter.ts";
import { userLevel } from "#mcp/policies/user-level.ts";
import { urlKind } from "#mcp/remote/kind.ts";
import { restKind } from "#mcp/rest/kind.ts";
import { toolSetKind } from "#mcp/tool-set/kind.ts";
import { createMcpHost } from "#mcp/serve/host.ts";
import { stdioKind } from "#mcp/stdio/kind.ts";
import { aiDataMasking } from "#plugins/ai-data-masking.ts";
import { aiPromptDecorator } from "#plugins/ai-prompt-decorator.ts";
import { aiPromptTemplate } from "#plugins/ai-prompt-template.ts";
import { basicAuth } from "#plugins/basic-auth.ts";
import { botDetect } from "#plugins/bot-detect.ts";
import { cacheControl } from "#plugins/cache-control.ts";
import { clusterKeyRateLimit } from "#plugins/cluster-key-rate-limit.ts";
import { cors } from "#plugins/cors.ts";
import { customResponse } from "#plugins/custom-response.ts";
import { extAuth } from "#plugins/ext-auth.ts";
import { hmacAuth } from "#plugins/hmac-auth.ts";
import { httpDubboTranscoder } from "#plugins/http-dubbo-transcoder.ts";
import { ipRestriction } from "#plugins/ip-restriction.ts";
import { jwtAuth } from "#plugins/jwt-auth.ts";
import { keyAuth } from "#plugins/key-auth.ts";
import { localRateLimit } from "#plugins/local-rate-limit.ts";
import { modelMapper } from "#plugins/model-mapper.ts";
import { modelRouter } from "#plugins/model-router.ts";
import { opa } from "#plugins/opa.ts";
import { requestBlock } from "#plugins/request-block.ts";
import { requestValidation } from "#plugins/request-validation.ts";
import { transformer } from "#plugins/transformer.ts";
import { azure } from "#providers/azure.ts";
import { bedrock } from "#providers/bedrock.ts";
import { claude } from "#providers/claude.ts";
import { cloudflare } from "#providers/cloudflare.ts";
import { cohere } from "#providers/cohere.ts";
import { deepseek } from "#providers/deepseek.ts";
import { doubao } from "#providers/doubao.ts";
import { echo } from "#providers/echo.ts";
import { fireworks } from "#providers/fireworks.ts";
import { gemini } from "#providers/gemini.ts";
import { generic } from "#providers/generic.ts";
import { github } from "#providers/github.ts";
import { grok } from "#providers/grok.ts";
import { groq } from "#providers/groq.ts";
import { minimax } from "#providers/minimax.ts";
import { mistral } from "#providers/mistral.ts";
import { moonshot } from "#providers/moonshot.ts";
import { ollama } from "#providers/ollama.ts";
import { openai } from "#providers/openai.ts";
import { openrouter } from "#providers/openrouter.ts";
import { qwen } from "#providers/qwen.ts";
import { togetherAi } from "#providers/together-ai.ts";
import { vertex } from "#providers/vertex.ts";
import { vllm } from "#providers/vllm.ts";
import { zhipuai } from "#providers/zhipuai.ts";
import type { McpHost, McpHostWorld, McpParts } from "./core/mcp/host.ts";
import type { Plugin } from "./core/plugin.ts";
import type { ProviderDefinition } from "./core/provider.ts";

/** Everything that is built in. A list of one's own makes a gateway with other parts. */
export interface Registry extends McpParts {
  /** In the order in which they are asked for the owner of a model's name. */
  readonly providers: readonly ProviderDefinition[];
  readonly plugins: readonly Plugin[];
  readonly createMcpHost: (parts: McpParts, world: McpHostWorld) => McpHost;
}

/** The built-ins. */
export const registry: Registry = {
  providers: [
    openai,
    azure,
    claude,
    gemini,
    vertex,
    bedrock,
    deepseek,
    qwen,
    moonshot,
    zhipuai,
    doubao,
    minimax,
    mistral,
    cohere,
    groq,
    grok,
    togetherAi,
    fireworks,
    openrouter,
    github,
    cloudflare,
    ollama,
    vllm,
    generic,
    echo,
  ],
  mcpKinds: [restKind, urlKind, moduleKind, stdioKind, openapiKind, databaseKind, toolSetKind],
  mcpPolicies: [originPolicy, audit, auth, limits, userLevel, rateLimit, allowTools, denyTools],
  plugins: [
    aiDataMasking,
    aiPromptDecorator,
    aiPromptTemplate,
    basicAuth,
    botDetect,
    cacheControl,
    clusterKeyRateLimit,
    cors,
    customResponse,
    extAuth,
    hmacAuth,
    httpDubboTranscoder,
    ipRestriction,
    jwtAuth,
    keyAuth,
    localRateLimit,
    modelMapper,
    modelRouter,
    opa,
    requestBlock,
    requestValidation,
    transformer,
  ],
  createMcpHost,
};
