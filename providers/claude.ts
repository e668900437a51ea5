import { z } from "zod";
import type { ApiName } from "#src/core/api.ts";
import type { Provider, ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { type BaseUrl, join, parseBase, unversioned } from "./base-url.ts";
import { limitsFrom } from "./model-limits.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classify } from "./verdict.ts";

const VENDOR = "https://api.anthropic.com";
const VERSION = "2023-06-01";
const FORWARDED = ["anthropic-version", "anthropic-beta"] as const;

/** https://platform.claude.com/docs/en/api/overview; `complete` is the older text API. */
const PATHS: Readonly<Partial<Record<ApiName, string>>> = {
  chat: "/v1/messages",
  models: "/v1/models",
  "count-tokens": "/v1/messages/count_tokens",
  "message-batches": "/v1/messages/batches",
  files: "/v1/files",
  complete: "/v1/complete",
};

/** Output limits of Claude's models, by their names at Anthropic. */
export const claudeLimits: Provider["limits"] = limitsFrom({
  "claude-fable-5": 128_000,
  "claude-mythos-": 128_000,
  "claude-opus-5": 128_000,
  "claude-sonnet-5": 128_000,
  "claude-haiku-5": 128_000,
  "claude-opus-4-8": 128_000,
  "claude-opus-4-7": 128_000,
  "claude-opus-4-6": 128_000,
  "claude-opus-4-5": 64_000,
  "claude-opus-4": 32_000,
  "claude-sonnet-4-6": 128_000,
  "claude-sonnet-4": 64_000,
  "claude-haiku-4-5": 64_000,
  "claude-3-7-sonnet": 64_000,
  "claude-3-5-": 8192,
  "claude-3-": 4096,
  "claude-2": 4096,
});

const DATE = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2023-06-01");

const FIELDS = z.object({
  claudeVersion: DATE.optional().describe(
    `The anthropic-version sent when the client sent none; ${VERSION} when left out.`,
  ),
  apiVersion: DATE.optional().describe("The older name of claudeVersion, which wins over it."),
});

/** Anthropic's own API, or a server that imitates it. */
export const claude: ProviderDefinition = {
  type: "claude",
  vendor: "anthropic",
  fields: FIELDS.shape,
  environment: { token: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
  owns: ["claude-"],
  needsToken: true,
  configure,
};

function configure(settings: ProviderSettings): Provider {
  checkTokens(settings);
  const { baseUrl, options } = settings;
  const base: BaseUrl = unversioned(parseBase(baseUrl ?? VENDOR, "baseUrl"));
  const { claudeVersion, apiVersion } = options as z.infer<typeof FIELDS>;
  const version = claudeVersion ?? apiVersion ?? VERSION;
  return {
    id: settings.id,
    type: "claude",
    protocols: ["anthropic-messages"],
    keyless: base.origin !== VENDOR,
    dialect: () => ({}),
    url({ api, protocol, rest }) {
      const path = protocol === "anthropic-messages" ? PATHS[api] : undefined;
      return path === undefined ? undefined : join(base, path + (rest ?? ""));
    },
    shape: () => "anthropic",
    forwardHeaders: () => FORWARDED,
    authorize(headers, credential) {
      setSecret(headers, "x-api-key", "", credential);
      if (!headers.has("anthropic-version")) headers.set("anthropic-version", version);
    },
    classify,
    limits: claudeLimits,
  };
}
