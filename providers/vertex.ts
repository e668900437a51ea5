import { z } from "zod";
import type { ApiName, Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type {
  Provider,
  ProviderDefinition,
  ProviderSettings,
  ProviderWorld,
  UpstreamCall,
} from "#src/core/provider.ts";
import { googleTokens } from "./auth/google.ts";
import { readGoogleKey } from "./auth/google-key.ts";
import { GOOGLE_OPENAI_DIALECT } from "./gemini.ts";
import { classifyGoogle, googleLimits } from "./gemini-models.ts";
import { GEMINI_FIELDS, type GeminiSettings, withGeminiSettings } from "./gemini-settings.ts";
import { actionOf, below } from "./google-url.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { rawUrl, type VertexModel, vertexModel, vertexPath, type VertexPlace, vertexPlace } from "./vertex-place.ts";

/** Claude's version on Vertex, in the body. Format: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai */
const CLAUDE_VERSION = "vertex-2023-10-16";
const CLAUDE_COUNT = "/publishers/anthropic/models/count-tokens:rawPredict";

interface Options extends GeminiSettings {
  readonly vertexAuthKey?: string | undefined;
  readonly vertexRegion?: string | undefined;
  readonly vertexProjectId?: string | undefined;
  readonly vertexTokenRefreshAhead?: number | undefined;
  readonly vertexAuthServiceName?: string | undefined;
  readonly vertexOpenAICompatible?: boolean | undefined;
}

const FIELDS: Readonly<Record<keyof Options, z.ZodType>> = {
  vertexAuthKey: z
    .string()
    .min(1)
    .optional()
    .describe("The content of a key file, JSON: a service account's, or an authorized user's."),
  vertexRegion: z
    .string()
    .regex(/^[a-z0-9-]+$/, "must be a location such as us-central1 or global")
    .optional()
    .describe("The location: a region, us, eu or global."),
  vertexProjectId: z
    .string()
    .regex(/^[a-z0-9.:-]+$/, "must be a project's id")
    .optional()
    .describe("The project; the key's own when left out."),
  vertexTokenRefreshAhead: z
    .int()
    .min(0)
    .optional()
    .describe("Seconds before its end at which an access token is replaced; 60 when left out."),
  vertexAuthServiceName: z.string().optional().describe("Not used: tokens are fetched from the server the key names."),
  vertexOpenAICompatible: z
    .boolean()
    .optional()
    .describe("Ask Google's models through Vertex' imitation of OpenAI's API. Not with apiTokens."),
  ...GEMINI_FIELDS,
};

/** Google Cloud's Vertex AI: models of Google, Anthropic and others. With `apiTokens` it is in express mode, which has Google's only. */
export const vertex: ProviderDefinition = {
  type: "vertex",
  vendor: "gcp.vertex_ai",
  fields: FIELDS,
  needsToken: false,
  configure(settings, world) {
    checkTokens(settings);
    return settings.apiTokens.length > 0 ? express(settings) : standard(settings, world);
  },
};

function express(settings: ProviderSettings): Provider {
  const options = settings.options as Options;
  if (options.vertexOpenAICompatible === true) {
    throw new Error("vertexOpenAICompatible does not go together with apiTokens: express mode has no such API.");
  }
  const place = vertexPlace(settings);
  return {
    ...common(settings, place),
    protocols: ["gemini"],
    authorize: (headers, credential) => setSecret(headers, "x-goog-api-key", "", credential),
  };
}

function standard(settings: ProviderSettings, world: ProviderWorld): Provider {
  // First of all the address, whose errors must not hide behind a missing key.
  vertexPlace(settings);
  const options = settings.options as Options;
  const { vertexAuthKey, vertexRegion, vertexTokenRefreshAhead = 60, vertexOpenAICompatible = false } = options;
  const key = readGoogleKey(needed(vertexAuthKey, "vertexAuthKey (or apiTokens, for express mode)"), "vertexAuthKey");
  const ofKey = key.type === "service_account" ? key.project_id : undefined;
  const project = needed(options.vertexProjectId ?? ofKey, "vertexProjectId");
  const place = vertexPlace(settings, project, needed(vertexRegion, "vertexRegion"));
  const token = googleTokens(key, { world, refreshAhead: vertexTokenRefreshAhead * 1000 });
  const billed = key.type === "authorized_user" ? key.quota_project_id : undefined;
  const protocolsFor = (model: string): readonly ProtocolName[] => [
    protocolOf(vertexModel(model), vertexOpenAICompatible),
  ];
  return {
    ...common(settings, place),
    protocols: [vertexOpenAICompatible ? "openai-chat" : "gemini"],
    protocolsFor,
    async authorize(headers) {
      headers.set("authorization", `Bearer ${await token()}`);
      if (billed !== undefined) headers.set("x-goog-user-project", billed);
    },
  };
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is missing.`);
  return value;
}

type Common = Omit<Provider, "protocols" | "protocolsFor" | "authorize">;

function common(settings: ProviderSettings, place: VertexPlace): Common {
  const options = settings.options as Options;
  return {
    id: settings.id,
    type: "vertex",
    // The key of the standard mode is no apiToken, so requests come without a credential.
    keyless: true,
    dialect: (protocol) => (protocol === "openai-chat" ? GOOGLE_OPENAI_DIALECT : {}),
    url: (call) => urlOf(place, call, options.vertexOpenAICompatible === true),
    shape: shapeOf,
    adjust: (body, call) => ADJUST[`${call.api} ${call.protocol}`]?.(body, call, options) ?? body,
    forwardHeaders: (protocol) => (protocol === "anthropic-messages" ? ["anthropic-beta"] : []),
    passThrough: (path) => rawUrl(place, path),
    classify: classifyGoogle,
    limits: (model) => googleLimits(vertexModel(model).name),
  };
}

/** What a model is asked in; other publishers' are behind the imitation of OpenAI's API. */
function protocolOf({ publisher }: VertexModel, compatible: boolean): ProtocolName {
  if (publisher === "anthropic") return "anthropic-messages";
  if (publisher === "endpoints") return "gemini";
  return publisher === "google" && !compatible ? "gemini" : "openai-chat";
}

/** Images are asked for as in the Gemini API, and so are the newer embeddings. */
function shapeOf(api: ApiName, model: string): Shape {
  if (api === "embeddings") return embedsContent(model) ? "gemini" : "vertex";
  return api === "image-generation" || api === "speech" ? "gemini" : "openai";
}

/** Of Google's embedding models only those before the second generation are asked by `predict`. */
function embedsContent(model: string): boolean {
  return /gemini-embedding-(?!001)|maas/.test(model);
}

function urlOf({ base, parent }: VertexPlace, call: UpstreamCall, compatible: boolean): string | undefined {
  const model = vertexModel(call.model);
  // Express mode has nobody else's models.
  if (parent === "" && model.publisher !== "google") return undefined;
  const path =
    call.api === "chat" || call.api === "count-tokens" ? spoken(model, call, compatible) : asked(model, call);
  return path === undefined ? undefined : below(base, parent + path);
}

/** The path of chat and of counting, which depend on what the model speaks. */
function spoken(model: VertexModel, call: UpstreamCall, compatible: boolean): string | undefined {
  const { api, protocol, stream } = call;
  const own = protocolOf(model, compatible && api === "chat");
  if (protocol !== own) return undefined;
  if (own === "gemini") return `${vertexPath(model)}:${actionOf(call)}`;
  if (own === "anthropic-messages" && api === "count-tokens") return CLAUDE_COUNT;
  if (own === "anthropic-messages") return `${vertexPath(model)}:${stream ? "streamRawPredict" : "rawPredict"}`;
  return api === "chat" ? "/endpoints/openapi/chat/completions" : undefined;
}

/** The path of the other APIs. There is no batchEmbedContents here. */
function asked(model: VertexModel, { api, action }: UpstreamCall): string | undefined {
  const draws = api === "image-generation" && action !== "predict";
  if (draws || api === "speech") return `${vertexPath(model)}:generateContent`;
  const predicts = api === "image-generation" || (api === "embeddings" && !embedsContent(model.name));
  if (predicts) return `${vertexPath(model)}:predict`;
  const own = OWN_ACTIONS[api];
  return own !== undefined && own === action ? `${vertexPath(model)}:${own}` : undefined;
}

/** APIs that only a client of Gemini's protocol asks for, by the last word of its path. */
const OWN_ACTIONS: Readonly<Partial<Record<ApiName, string>>> = {
  embeddings: "embedContent",
  operations: "predictLongRunning",
};

type Adjust = (body: JsonObject, call: UpstreamCall, options: Options) => JsonObject;

/** Bodies that are not as their protocol's own vendor wants them, by API and protocol. */
const ADJUST: Readonly<Partial<Record<string, Adjust>>> = {
  "chat gemini": withGeminiSettings,
  "chat anthropic-messages": ({ model: _model, ...body }) => ({ anthropic_version: CLAUDE_VERSION, ...body }),
  // Counting has one address for all models, so the body names it.
  "count-tokens anthropic-messages": (body, { model }) => ({
    anthropic_version: CLAUDE_VERSION,
    ...body,
    model: vertexModel(model).name,
  }),
  "chat openai-chat": (body, { model }) => {
    const { publisher, name } = vertexModel(model);
    return { ...body, model: `${publisher}/${name}` };
  },
};
