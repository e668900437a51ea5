import { z } from "zod";
import type { ApiName } from "#src/core/api.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { CachePointSettings, Dialect } from "#src/core/protocol.ts";
import type {
  Provider,
  ProviderDefinition,
  ProviderSettings,
  ProviderWorld,
  UpstreamCall,
} from "#src/core/provider.ts";
import { type AwsSigner, awsSigner } from "./auth/sigv4.ts";
import { type BaseUrl, join, parseBase } from "./base-url.ts";
import { bedrockLimits, classifyAws } from "./bedrock-models.ts";
import { checkTokens, setSecret } from "./secret-header.ts";

const FIELDS = z.object({
  awsRegion: z
    .string()
    .regex(/^[a-z]{2,}(?:-[a-z0-9]+)+$/, "must be a region such as us-east-1")
    .optional()
    .describe("The region; needed unless baseUrl and apiTokens say all."),
  awsAccessKey: z.string().min(1).optional().describe("The id of an access key, when there are no apiTokens."),
  awsSecretKey: z.string().min(1).optional().describe("The secret of the access key."),
  awsSessionToken: z.string().min(1).optional().describe("The session token of a key that is lent for a while."),
  bedrockAdditionalFields: z
    .record(z.string(), z.json())
    .optional()
    .describe("additionalModelRequestFields of every Converse request, where the request says nothing itself."),
  bedrockPromptCachePointPositions: z
    .strictObject({
      systemPrompt: z.boolean().optional().describe("Behind the system prompt; true when left out."),
      lastUserMessage: z.boolean().optional().describe("Behind the last message of the user."),
      lastMessage: z.boolean().optional().describe("Behind the last message."),
    })
    .optional()
    .describe(
      "Where cache points are put when promptCacheRetention, or the request's prompt_cache_retention, asks for it.",
    ),
  promptCacheRetention: z
    .enum(["in_memory", "24h"])
    .optional()
    .describe(
      "How long prompts are cached when the request does not say: in_memory is 5 minutes at Bedrock, 24h one hour.",
    ),
});

type Options = z.infer<typeof FIELDS>;

/** Families that `invoke` serves, in the format of the model. */
const INVOKED: ReadonlySet<ApiName> = new Set(["embeddings", "image-generation"]);

/** Headers of `invoke` that ask something of Bedrock. */
const FORWARDED = [
  "x-amzn-bedrock-guardrailidentifier",
  "x-amzn-bedrock-guardrailversion",
  "x-amzn-bedrock-performanceconfig-latency",
  "x-amzn-bedrock-service-tier",
  "x-amzn-bedrock-trace",
] as const;

/** Amazon Bedrock: Converse for chat, `invoke` for embeddings and images. With `apiTokens` (Bedrock's API keys), or signed with a key. */
export const bedrock: ProviderDefinition = {
  type: "bedrock",
  vendor: "aws.bedrock",
  fields: FIELDS.shape,
  environment: { token: "AWS_BEARER_TOKEN_BEDROCK", options: { awsRegion: "AWS_REGION" } },
  // Of models as they are called here: by their vendor, by a region's inference profile before it, or by an ARN.
  owns: ["amazon.", "anthropic.", "meta.", "us.", "eu.", "apac.", "jp.", "au.", "global.", "arn:aws"],
  needsToken: false,
  configure,
};

function configure(settings: ProviderSettings, world: ProviderWorld): Provider {
  checkTokens(settings);
  const options = settings.options as Options;
  const base = baseOf(settings, options);
  const sign = settings.apiTokens.length > 0 ? undefined : signerOf(options, world);
  const dialect: Dialect = { cachePoints: cachePointsOf(options) };
  const { bedrockAdditionalFields: additional } = options;
  return {
    id: settings.id,
    type: "bedrock",
    protocols: ["bedrock-converse"],
    keyless: true,
    dialect: () => dialect,
    url: (call) => urlOf(base, call),
    shape: (api) => (INVOKED.has(api) ? "bedrock" : "openai"),
    forwardHeaders: () => FORWARDED,
    authorize(headers, credential, { api, stream }) {
      setSecret(headers, "authorization", "Bearer ", credential);
      if (api === "chat" && stream) headers.set("accept", "application/vnd.amazon.eventstream");
    },
    ...(sign === undefined ? {} : { sign }),
    classify: classifyAws,
    limits: bedrockLimits,
    ...(additional === undefined ? {} : { adjust: (body, call) => withFields(body, call, additional) }),
  };
}

/** The servers' domains where a partition of AWS has its own. Format: AWS' endpoint rules, as in its SDKs. */
const DOMAINS: readonly (readonly [regions: string, domain: string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["us-iso-", "c2s.ic.gov"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eusc-", "amazonaws.eu"],
];

function baseOf({ baseUrl }: ProviderSettings, { awsRegion: region }: Options): BaseUrl {
  if (baseUrl !== undefined) return parseBase(baseUrl, "baseUrl");
  if (region === undefined) throw new Error("awsRegion is missing.");
  const domain = DOMAINS.find(([regions]) => region.startsWith(regions))?.[1] ?? "amazonaws.com";
  return parseBase(`https://bedrock-runtime.${region}.${domain}`, "awsRegion");
}

function signerOf(options: Options, world: ProviderWorld): AwsSigner {
  const { awsRegion: region, awsAccessKey, awsSecretKey, awsSessionToken } = options;
  if (awsAccessKey === undefined && awsSecretKey === undefined) {
    throw new Error("apiTokens are missing, or awsAccessKey and awsSecretKey.");
  }
  if (awsAccessKey === undefined) throw new Error("awsAccessKey is missing: awsSecretKey is of no use without it.");
  if (awsSecretKey === undefined) throw new Error("awsSecretKey is missing: awsAccessKey is of no use without it.");
  if (region === undefined) throw new Error("awsRegion is missing: requests are signed for one.");
  const key = {
    accessKeyId: awsAccessKey,
    secretAccessKey: awsSecretKey,
    ...(awsSessionToken === undefined ? {} : { sessionToken: awsSessionToken }),
  };
  return awsSigner(key, { region, service: "bedrock" }, world.now);
}

function cachePointsOf({ bedrockPromptCachePointPositions: at, promptCacheRetention }: Options): CachePointSettings {
  return {
    systemPrompt: at?.systemPrompt ?? true,
    lastUserMessage: at?.lastUserMessage ?? false,
    lastMessage: at?.lastMessage ?? false,
    ...(promptCacheRetention === undefined ? {} : { retention: promptCacheRetention }),
  };
}

/** What is done with a model, by API. Format: AWS API Reference, Amazon Bedrock Runtime. */
function urlOf(base: BaseUrl, { api, protocol, model, stream, action }: UpstreamCall): string | undefined {
  if (api === "chat" && protocol === "bedrock-converse")
    return below(base, model, stream ? "converse-stream" : "converse");
  if (api === "count-tokens" && protocol === "bedrock-converse") return below(base, model, "count-tokens");
  if (api === "bedrock-runtime") return action === undefined ? undefined : below(base, model, action);
  return INVOKED.has(api) ? below(base, model, "invoke") : undefined;
}

/** A model's id may be an ARN, with colons and slashes. */
function below(base: BaseUrl, model: string, action: string): string {
  return join(base, `/model/${encodeURIComponent(model)}/${action}`);
}

function withFields(body: JsonObject, { api, protocol }: UpstreamCall, fields: JsonObject): JsonObject {
  if (api !== "chat" || protocol !== "bedrock-converse") return body;
  const { additionalModelRequestFields: own } = body;
  return { ...body, additionalModelRequestFields: { ...fields, ...(isObject(own) ? own : {}) } };
}
