/** Names of Higress' ai-proxy that this version does not run, with what to write instead where there is something. */

const USE_BASE_URL = "use baseUrl";

/** Fields of a provider. */
const HIGRESS_PROVIDER_FIELDS: Readonly<Record<string, string>> = {
  subPath: "use basePath",
  genericHost: USE_BASE_URL,
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

/** Types of providers. */
export const HIGRESS_PROVIDER_TYPES: ReadonlySet<string> = new Set(
  (
    "openai azure claude deepseek qwen doubao groq gemini vertex bedrock zhipuai openrouter vllm fireworks longcat moonshot ollama mistral " +
    "ai360 baichuan baidu github hunyuan cohere minimax cloudflare spark deepl dify triton coze grok stepfun together-ai yi generic"
  ).split(" "),
);

/** The message and hint for an unknown key that Higress has; undefined for any other key. */
export function higressField(key: string, inProvider: boolean): readonly [string, string] | undefined {
  if (!inProvider || !Object.hasOwn(HIGRESS_PROVIDER_FIELDS, key)) return undefined;
  return ["known Higress field, not supported by this version", HIGRESS_PROVIDER_FIELDS[key] ?? ""];
}
