import { z } from "zod";
import type { ApiName, Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { Dialect, ProtocolName } from "#src/core/protocol.ts";
import type { Provider, ProviderDefinition, ProviderSettings, UpstreamCall } from "#src/core/provider.ts";
import { type BaseUrl, parseBase } from "./base-url.ts";
import { classifyGoogle, googleLimits } from "./gemini-models.ts";
import { GEMINI_FIELDS, type GeminiSettings, needsGemini, withGeminiSettings } from "./gemini-settings.ts";
import { actionOf, below, GOOGLE_VERSION, segment, uploads, versioned } from "./google-url.ts";
import { checkTokens, setSecret } from "./secret-header.ts";

const VENDOR = "https://generativelanguage.googleapis.com";

interface Options extends GeminiSettings {
  readonly apiVersion?: string | undefined;
}

const FIELDS: Readonly<Record<keyof Options, z.ZodType>> = {
  apiVersion: z
    .string()
    .regex(GOOGLE_VERSION, "must be a version such as v1beta")
    .optional()
    .describe("The version in the API's paths; the one baseUrl ends with when left out, else v1beta."),
  ...GEMINI_FIELDS,
};

/** APIs that are not asked for by model. Format: https://ai.google.dev/api */
const PATHS: Readonly<Partial<Record<ApiName, string>>> = {
  models: "/models",
  files: "/files",
  batches: "/batches",
  "cached-contents": "/cachedContents",
  operations: "/operations",
};

/** Google's imitation of OpenAI's API. Format: https://ai.google.dev/gemini-api/docs/openai */
const OPENAI_PATHS: Readonly<Partial<Record<ApiName, string>>> = {
  chat: "/openai/chat/completions",
  models: "/openai/models",
};

/** Families whose requests are converted to Gemini's own format, whatever path the client chose. */
const SHAPED: ReadonlySet<ApiName> = new Set(["embeddings", "image-generation", "speech"]);

/** How Google's imitation of OpenAI's API differs from that. */
export const GOOGLE_OPENAI_DIALECT: Dialect = {
  maxTokensField: "max_tokens",
  developerRole: false,
  reasoningField: false,
};

/** What a resumable upload says of itself. */
const UPLOAD_HEADERS = [
  "x-goog-upload-protocol",
  "x-goog-upload-command",
  "x-goog-upload-offset",
  "x-goog-upload-header-content-length",
  "x-goog-upload-header-content-type",
  "x-goog-upload-file-name",
] as const;

/** Google's Gemini API with an API key, or a server that imitates it. */
export const gemini: ProviderDefinition = {
  type: "gemini",
  vendor: "gcp.gemini",
  fields: FIELDS,
  environment: { token: "GEMINI_API_KEY", baseUrl: "GOOGLE_GEMINI_BASE_URL" },
  owns: ["gemini-", "imagen-", "veo-"],
  needsToken: true,
  configure,
};

function configure(settings: ProviderSettings): Provider {
  checkTokens(settings);
  const { baseUrl, options } = settings;
  const { apiVersion, ...own } = options as Options;
  const given = parseBase(baseUrl ?? VENDOR, "baseUrl");
  const base = versioned(given, apiVersion, "v1beta");
  return {
    id: settings.id,
    type: "gemini",
    protocols: protocolsOf(own),
    keyless: given.origin !== VENDOR,
    dialect: (protocol) => (protocol === "openai-chat" ? GOOGLE_OPENAI_DIALECT : {}),
    url: (call) => urlOf(base, call),
    shape: shapeOf,
    forwardHeaders: (protocol) => (protocol === "gemini" ? UPLOAD_HEADERS : []),
    authorize(headers, credential, call) {
      if (openaiPath(call) === undefined) setSecret(headers, "x-goog-api-key", "", credential);
      else setSecret(headers, "authorization", "Bearer ", credential);
    },
    classify: classifyGoogle,
    limits: googleLimits,
    // Without settings there is nothing to change, and bodies go on as the bytes they are.
    ...(needsGemini(own) ? { adjust: (body: JsonObject, call: UpstreamCall) => adjusted(body, call, own) } : {}),
  };
}

function adjusted(body: JsonObject, call: UpstreamCall, settings: GeminiSettings): JsonObject {
  const asks = call.api === "chat" && call.protocol === "gemini";
  return asks ? withGeminiSettings(body, call, settings) : body;
}

/** With settings OpenAI's API has no place for, its requests are converted, so that the settings hold for them too. */
function protocolsOf(settings: GeminiSettings): readonly ProtocolName[] {
  return needsGemini(settings) ? ["gemini"] : ["gemini", "openai-chat"];
}

function shapeOf(api: ApiName): Shape {
  return SHAPED.has(api) ? "gemini" : "openai";
}

function urlOf(base: BaseUrl, call: UpstreamCall): string | undefined {
  const { api, protocol, rest = "" } = call;
  const imitated = openaiPath(call);
  if (imitated !== undefined) return below(base, imitated + rest);
  if (protocol !== "gemini" && !SHAPED.has(api)) return undefined;
  const action = actionOf(call);
  if (action !== undefined) return below(base, `/${nameOf(call.model)}:${action}`);
  // An operation may be named below its model.
  if (api === "operations" && /^\/(?:models|tunedModels)\//.test(rest)) return below(base, rest);
  const path = PATHS[api];
  return path === undefined ? undefined : below(call.upload === true ? uploads(base) : base, path + rest);
}

function openaiPath({ api, protocol }: UpstreamCall): string | undefined {
  if (protocol === "openai-chat") return OPENAI_PATHS[api];
  // Who asks for models in OpenAI's newer protocol wants the same list.
  return protocol === "openai-responses" && api === "models" ? OPENAI_PATHS[api] : undefined;
}

/** A model as Google's paths name it. Tuned ones are beside its own. */
function nameOf(model: string): string {
  const [, kind = "models", name = model] = /^(models|tunedModels)\/(.+)$/.exec(model) ?? [];
  return `${kind}/${segment(name)}`;
}
