import type { ApiName } from "#src/core/api.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { UpstreamCall } from "#src/core/provider.ts";
import { type BaseUrl, join, parseBase } from "./base-url.ts";
import { below, isOpenAIs, OPENAI_PATHS, type OpenAIApi, webSocket } from "./openai-paths.ts";

/** Where an Azure OpenAI resource is asked. */
export interface AzurePlace {
  readonly origin: string;
  readonly protocols: readonly ProtocolName[];
  url(call: UpstreamCall): string | undefined;
}

/** APIs that are asked for below a deployment. Format: https://learn.microsoft.com/azure/ai-foundry/openai/reference */
const OF_DEPLOYMENT: ReadonlySet<ApiName> = new Set([
  "completions",
  "embeddings",
  "image-generation",
  "image-edit",
  "speech",
  "transcription",
  "translation",
]);

/** APIs of the resource itself. */
const OF_RESOURCE: ReadonlySet<ApiName> = new Set([
  "models",
  "files",
  "uploads",
  "batches",
  "fine-tuning",
  "responses",
  "vector-stores",
]);

/** What only the v1 API has beside both. */
const OF_V1: ReadonlySet<ApiName> = new Set(["videos", "realtime", "conversations"]);

/** The first dated version with OpenAI's Responses. */
const RESPONSES_SINCE = "2025-03-01";

const CHAT = ["openai-chat"] as const;
const BOTH = ["openai-chat", "openai-responses"] as const;

/**
 * Reads an address, which comes in four forms: with `/openai/v1` or without `api-version` it is the v1 API, where the deployment is the
 * model; with `api-version` a resource, a resource with its deployment, or one API's whole URL, which is used as it is.
 */
export function azurePlace(address: string, setting: string): AzurePlace {
  const base = parseBase(address, setting);
  const only = apiAtEnd(base.path);
  if (only !== undefined) return oneApi(base, only);
  if (base.path.endsWith("/openai/v1")) return versionOne(base);
  const version = new URLSearchParams(base.query).get("api-version");
  const [, before = base.path, deployment] = /^(.*)\/deployments\/([^/]+)$/.exec(base.path) ?? [];
  const root = before.replace(/\/openai$/, "");
  if (version !== null) return dated({ ...base, path: `${root}/openai` }, deployment, version);
  if (deployment !== undefined) throw new Error(`${setting} names a deployment but no api-version.`);
  return versionOne({ ...base, path: `${root}/openai/v1` });
}

/** What is one API's whole URL: chat in its two protocols, or one of a deployment's. */
type OneApi = "openai-chat" | "openai-responses" | ApiName;

function apiAtEnd(path: string): OneApi | undefined {
  if (path.endsWith("/chat/completions")) return "openai-chat";
  if (path.endsWith("/responses")) return "openai-responses";
  const found = [...OF_DEPLOYMENT].find((api) => path.endsWith(OPENAI_PATHS[api as OpenAIApi]));
  // Something behind a deployment that nobody else knows; most often it is chat by another name.
  return found ?? (/\/deployments\/[^/]+\/./.test(path) ? "openai-chat" : undefined);
}

function oneApi(base: BaseUrl, only: OneApi): AzurePlace {
  const url = join(base, "");
  return {
    origin: base.origin,
    protocols: only === "openai-responses" ? [only] : CHAT,
    url: ({ api, protocol }) => ((api === "chat" ? protocol : api) === only ? url : undefined),
  };
}

function versionOne(base: BaseUrl): AzurePlace {
  return {
    origin: base.origin,
    protocols: BOTH,
    url({ api, protocol, rest }) {
      if (api === "chat") return join(base, protocol === "openai-chat" ? "/chat/completions" : "/responses");
      if (!OF_DEPLOYMENT.has(api) && !OF_RESOURCE.has(api) && !OF_V1.has(api)) return undefined;
      return below(join(base, OPENAI_PATHS[api as OpenAIApi]), rest);
    },
  };
}

/** `fixed` is the deployment for every model; without it the deployment has the model's name. */
function dated(base: BaseUrl, fixed: string | undefined, version: string): AzurePlace {
  const protocols = version >= RESPONSES_SINCE ? BOTH : CHAT;
  return {
    origin: base.origin,
    protocols,
    url({ api, protocol, model, rest }) {
      if (protocol === "openai-responses" && api === "chat") return join(base, "/responses");
      if (OF_RESOURCE.has(api)) {
        if (api === "responses" && protocols === CHAT) return undefined;
        return below(join(base, OPENAI_PATHS[api as OpenAIApi]), rest);
      }
      const deployment = fixed ?? encodeURIComponent(model);
      if (deployment === "") return undefined;
      if (api === "realtime") return `${join(base, "/realtime")}&deployment=${deployment}`;
      const path = api === "chat" ? "/chat/completions" : OPENAI_PATHS[api as OpenAIApi];
      if (api !== "chat" && !OF_DEPLOYMENT.has(api)) return undefined;
      return below(join(base, `/deployments/${deployment}${path}`), rest);
    },
  };
}

/** The place's URL for calls that OpenAI's APIs can answer; a WebSocket's where it is one. */
export function azureUrl(place: AzurePlace, call: UpstreamCall): string | undefined {
  const able = call.api === "chat" ? place.protocols.includes(call.protocol) : isOpenAIs(call);
  const url = able ? place.url(call) : undefined;
  return url !== undefined && call.api === "realtime" ? webSocket(url) : url;
}
