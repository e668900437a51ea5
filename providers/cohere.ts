import type { ApiName, Shape } from "#src/core/api.ts";
import type { Provider, ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { join, ownUrl, parseBase, unversioned } from "./base-url.ts";
import { limitsFrom } from "./model-limits.ts";
import { below } from "./openai-paths.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classifyWith } from "./verdict.ts";

const VENDOR = "https://api.cohere.com";

/** APIs whose requests come in any vendor's format and leave in Cohere's, and one that has OpenAI's. */
const PATHS: Readonly<Partial<Record<ApiName, string>>> = {
  embeddings: "/v2/embed",
  rerank: "/v2/rerank",
  transcription: "/v2/audio/transcriptions",
};

const SHAPES: Readonly<Partial<Record<ApiName, Shape>>> = { embeddings: "cohere", rerank: "cohere", models: "cohere" };

/** What clients of the first version get, which answers otherwise. */
const FIRST: ReadonlySet<string> = new Set(["v1/embed", "v1/rerank"]);

/** What Cohere's own clients ask for beside these and chats; it goes through as it is. */
const OWN = [
  "/v1/check-api-key",
  "/v1/classify",
  "/v1/connectors",
  "/v1/datasets",
  "/v1/detokenize",
  "/v1/embed-jobs",
  "/v1/finetuning",
  "/v1/tokenize",
  "/v2/batches",
  "/v2/parse",
] as const;

const limits: Provider["limits"] = limitsFrom({});
/** 498 is a token that is blocked. Format: https://docs.cohere.com/reference/errors */
const classify: Provider["classify"] = classifyWith({ verdicts: { "498": "credential" } });

/** Cohere by the second version of its API. Format: https://docs.cohere.com/reference/chat, …/embed, …/rerank */
export const cohere: ProviderDefinition = {
  type: "cohere",
  fields: {},
  environment: { token: "CO_API_KEY", baseUrl: "CO_API_URL" },
  owns: ["command-", "c4ai-", "embed-", "rerank-"],
  needsToken: true,
  configure,
};

function configure(settings: ProviderSettings): Provider {
  checkTokens(settings);
  const base = unversioned(parseBase(settings.baseUrl ?? VENDOR, "baseUrl"));
  return {
    id: settings.id,
    type: "cohere",
    protocols: ["cohere-chat"],
    keyless: base.origin !== VENDOR && base.origin !== "https://api.cohere.ai",
    dialect: () => ({}),
    url({ api, protocol, rest, action }) {
      if (api === "chat") return protocol === "cohere-chat" ? join(base, "/v2/chat") : undefined;
      if (action !== undefined && (api === "cohere-chat" || FIRST.has(action))) return join(base, `/${action}`);
      if (api === "models") return protocol === "cohere-chat" ? below(join(base, "/v1/models"), rest) : undefined;
      const path = PATHS[api];
      return path === undefined ? undefined : below(join(base, path), rest);
    },
    shape: (api) => SHAPES[api] ?? "openai",
    // What the first version calls the format of a stream, and who asks.
    forwardHeaders: () => ["accepts", "x-client-name"],
    passThrough: (path) => ownUrl(base, OWN, path),
    authorize: (headers, credential) => setSecret(headers, "authorization", "Bearer ", credential),
    classify,
    limits,
  };
}
