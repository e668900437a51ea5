import type { ZodRawShape } from "zod";
import type { ApiName, Shape } from "./api.ts";
import type { HeaderSink } from "./header-list.ts";
import type { JsonObject } from "./json.ts";
import type { Dialect, ProtocolName } from "./protocol.ts";

/** A secret for one provider account. */
export interface Credential {
  /** Names the secret in logs and metrics without revealing it: `<provider id>#<ordinal>`. */
  readonly id: string;
  readonly secret: string;
}

/** What a failed answer says about who should be asked next. */
export type Verdict =
  /** The request itself is at fault; nobody else will like it better. */
  | "request"
  /** This credential is refused, exhausted or limited; the next one may pass. */
  | "credential"
  /** The upstream is failing; the next credential or upstream may do better. */
  | "upstream";

/** What an upstream URL is made of. */
export interface UpstreamCall {
  readonly api: ApiName;
  /** For `chat` and `count-tokens` the protocol that is spoken to the provider; for the others the one the client's path belongs to. */
  readonly protocol: ProtocolName;
  /** The model's name as the provider knows it; empty for APIs without one. */
  readonly model: string;
  readonly stream: boolean;
  /** What follows the API's own path, as the client sent it: `/file-1/content`; begins with a slash when it is there. */
  readonly rest?: string;
  /** The bytes of an object are sent, which Google has another path for. */
  readonly upload?: true;
  /** The last word of a Gemini path, behind its colon (`embedContent`, `batchEmbedContents`, `predict`). */
  readonly action?: string;
}

/** A request as it is about to be sent, for providers that sign it whole. `body` is absent for requests without one. */
export interface SignableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderSink;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What a provider may use of the world: for exchanging a long-lived secret for a token, and nothing else. */
export interface ProviderWorld {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** Model facts a provider knows; absent means unknown. Prices and context windows are elsewhere: src/observe/prices.ts. */
export interface ModelLimits {
  /** The most tokens the model may write. */
  readonly maxOutputTokens?: number;
}

/** The settings every type of provider has; a type adds its own through {@link ProviderDefinition.fields}. */
export interface ProviderSettings {
  readonly id: string;
  readonly type: string;
  readonly apiTokens: readonly string[];
  /** Replaces scheme, host and path prefix of every URL. No trailing slash. */
  readonly baseUrl?: string;
  /** Fields of the type's own, already checked by its `fields`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One configured provider. Immutable and without connections: what it says depends on its settings alone. */
export interface Provider {
  readonly id: string;
  readonly type: string;
  /** What it speaks natively, preferred first. Empty for a provider without chat. */
  readonly protocols: readonly ProtocolName[];
  /** What it speaks for one model, where models of one provider differ (Vertex: Gemini's and Claude's); `protocols` when left out. */
  protocolsFor?(model: string): readonly ProtocolName[];
  /** True when a call without a credential makes sense (local servers, echo). */
  readonly keyless: boolean;
  /** `model` is the model's name as the provider knows it. */
  dialect(protocol: ProtocolName, model: string): Dialect;
  /** Where to call, or undefined when the provider does not have that API. Without the client's query, which is added behind it. */
  url(call: UpstreamCall): string | undefined;
  /** The format it has of a family that vendors shape differently (embeddings, images, speech, rerank); `openai` when left out. */
  shape?(api: ApiName, model: string): Shape;
  /**
   * Changes a JSON body just before it is sent: what this vendor wants elsewhere than the protocol's own does (Vertex' Claude). When it
   * answers the body it was given, the request goes on as the bytes it is.
   */
  adjust?(body: JsonObject, call: UpstreamCall): JsonObject;
  /**
   * Names, in lower case, of the client's headers that are passed on when client and provider speak the same protocol. They are copied
   * before `authorize`, which sets what the client left out.
   */
  forwardHeaders(protocol: ProtocolName): readonly string[];
  /** Where to send a request for a path Sluice knows no API for; undefined for one it does not take. `path` begins with `/`. */
  passThrough?(path: string): string | undefined;
  /** Adds what the provider wants on each request, the credential first of all. Sets headers only on `headers`. */
  authorize(headers: HeaderSink, credential: Credential | undefined, call: UpstreamCall): void | Promise<void>;
  /** Signs the finished request, after `authorize`; may set headers only. For providers whose signature covers URL and body (SigV4). */
  sign?(request: SignableRequest, credential: Credential | undefined): Promise<void>;
  /** Reads an error status; `code` is the provider's own error code or type when its body had one, `message` what it said. */
  classify(status: number, code: string | undefined, message?: string): Verdict;
  limits(model: string): ModelLimits;
  /** The call for a text of the provider's own that its settings want told to the model with each chat. */
  readonly context?: UpstreamCall;
  /** Answers in place of the network (echo). */
  send?(request: Request): Promise<Response>;
}

/** One type of provider: what `src/registry.ts` lists. */
export interface ProviderDefinition {
  readonly type: string;
  /** The vendor's name in OpenTelemetry's GenAI conventions (`gen_ai.provider.name`); the type when left out. */
  readonly vendor?: string;
  /** Zod shape of the fields the type adds to the common ones. */
  readonly fields: ZodRawShape;
  /**
   * Environment variables that bring the provider up without a file; `baseUrl` alone does when the type does not need a token. `options`
   * are the type's own fields by name; without all of them the provider is not there.
   */
  readonly environment?: {
    readonly token: string;
    readonly baseUrl?: string;
    readonly options?: Readonly<Record<string, string>>;
  };
  /** Prefixes of model names this vendor owns (`gpt-`, `claude-`), for the route that picks by the model's owner. */
  readonly owns?: readonly string[];
  /** True when the type is useless without an apiToken. */
  readonly needsToken: boolean;
  /** Throws an Error whose message names the wrong setting and holds no secret. */
  configure(settings: ProviderSettings, world: ProviderWorld): Provider;
}
