/** Names of Higress' ai-proxy that this version does not run, with what to write instead where there is something. */

const USE_BASE_URL = "use baseUrl";

/** Fields of a provider. */
const HIGRESS_PROVIDER_FIELDS: Readonly<Record<string, string>> = {
  timeout: "it is only for context, which is not supported either; for calls use timeouts",
  reasoningContentMode: "",
  context: "",
  customSettings: "",
  capabilities: "",
  basePath: USE_BASE_URL,
  basePathHandling: USE_BASE_URL,
  subPath: USE_BASE_URL,
  providerBasePath: USE_BASE_URL,
  providerDomain: USE_BASE_URL,
  genericHost: USE_BASE_URL,
  firstByteTimeout: "use timeouts: { firstByte: … }",
  contextCleanupCommands: "",
  mergeConsecutiveMessages: "",
  promoteThinkingOnEmpty: "",
  hiclawMode: "",
  openaiCustomUrl: USE_BASE_URL,
  responseJsonSchema: "",
  ollamaServerHost: USE_BASE_URL,
  ollamaServerPort: USE_BASE_URL,
  vllmCustomUrl: USE_BASE_URL,
  vllmServerHost: USE_BASE_URL,
  claudeVersion: "",
  apiVersion: "",
  claudeCodeMode: "",
};

const HEALTH_CHECK = "a credential that failed comes back after cooldown, without a health check";

/** Fields of `failover`. */
const HIGRESS_FAILOVER_FIELDS: Readonly<Record<string, string>> = {
  failureThreshold: "a credential rests from its first failure on",
  successThreshold: HEALTH_CHECK,
  healthCheckInterval: HEALTH_CHECK,
  healthCheckTimeout: HEALTH_CHECK,
  healthCheckModel: HEALTH_CHECK,
};

/** Types of providers. */
export const HIGRESS_PROVIDER_TYPES: ReadonlySet<string> = new Set(
  (
    "openai azure claude deepseek qwen doubao groq gemini vertex bedrock zhipuai openrouter vllm fireworks longcat moonshot ollama mistral " +
    "ai360 baichuan baidu github hunyuan cohere minimax cloudflare spark deepl dify triton coze grok stepfun together-ai yi generic"
  ).split(" "),
);

/** The message and hint for an unknown key that Higress has; undefined for any other key. */
export function higressField(
  key: string,
  parent: string | number | undefined,
  inProvider: boolean,
): readonly [string, string] | undefined {
  const fields = parent === "failover" ? HIGRESS_FAILOVER_FIELDS : HIGRESS_PROVIDER_FIELDS;
  if (!inProvider || !Object.hasOwn(fields, key)) return undefined;
  return ["known Higress field, not supported by this version", fields[key] ?? ""];
}
