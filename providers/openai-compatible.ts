import type { ZodRawShape } from "zod";
import type { ApiName, Shape } from "#src/core/api.ts";
import type { Dialect, ProtocolName } from "#src/core/protocol.ts";
import type { Provider, ProviderDefinition, ProviderSettings, UpstreamCall } from "#src/core/provider.ts";
import {
  aside,
  type BareAddress,
  type BaseUrl,
  join,
  parseBase,
  rooted,
  sameVersion,
  unversioned,
} from "./base-url.ts";
import { limitsFrom, type OutputLimits } from "./model-limits.ts";
import { below, isOpenAIs, OPENAI_PATHS, type OpenAIApi, webSocket } from "./openai-paths.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classify } from "./verdict.ts";

type Options = Readonly<Record<string, unknown>>;

/** What tells one OpenAI-like provider from another. */
export interface OpenAICompatible {
  readonly type: string;
  /** The vendor's name in OpenTelemetry's GenAI conventions; the type when left out. */
  readonly vendor?: string;
  /** The API's root with its version segment: what an OpenAI client would be given as its base URL. */
  readonly base: string | ((options: Options) => string);
  /** Other servers of the vendor whose root has another path: the path by the server's host. */
  readonly rootsOfHosts?: Readonly<Record<string, string>>;
  /** The vendor has no server of its own: the settings must name one, and of `base` only the path counts. */
  readonly addressNeeded?: boolean;
  readonly fields?: ZodRawShape;
  readonly environment?: ProviderDefinition["environment"];
  readonly owns?: readonly string[];
  /** A token is needed at the vendor's own address; a server of one's own, named by a setting, may do without. */
  readonly needsToken: boolean;
  /** How an address without a scheme is completed. */
  readonly bare?: BareAddress;
  readonly dialect?: Dialect;
  readonly limits?: OutputLimits;
  /** The path of chat below the root; `/chat/completions` when left out. */
  readonly chatPath?: string | ((options: Options) => string);
  /** What the server has beside chat; only the models when left out. */
  readonly apis?: readonly OpenAIApi[];
  /** Where an API's path below the root is not OpenAI's. */
  readonly paths?: Readonly<Partial<Record<OpenAIApi, string>>>;
  /** APIs beside the root: their paths below what stands before the vendor's own root. */
  readonly asidePaths?: Readonly<Partial<Record<ApiName, string>>>;
  /** The format of families that are not in OpenAI's. */
  readonly shapes?: Readonly<Partial<Record<ApiName, Shape>>>;
  /** The server speaks OpenAI's Responses as well, below the root at `/responses`. Whether it keeps answers, `apis` says. */
  readonly responses?: boolean;
  /** The server speaks Claude's protocol as well. */
  readonly messages?: Messages;
  readonly forwardHeaders?: readonly string[];
  /** Takes every path, not only those of known APIs. */
  readonly passThrough?: boolean;
  /** The address as the type's own settings give it; `baseUrl` wins over it. */
  address?(options: Options): Address | undefined;
  /** Throws an Error for settings that do not go together. */
  check?(options: Options): void;
}

/** An address and the setting it came from, for error messages. */
export interface Address {
  readonly setting: string;
  readonly url: string;
}

/** Where Claude's protocol is spoken, below the root without its version, or with `aside` below what stands before the vendor's root. */
interface Messages {
  readonly path: string;
  readonly aside?: boolean;
  readonly countTokens?: boolean;
  /** The header and the scheme of the credential there; like everywhere else when left out. */
  readonly secret?: readonly [header: string, scheme: string];
  /** Whether it is on, by the type's own settings; always when left out. */
  readonly enabled?: (options: Options) => boolean;
}

const BEARER = ["authorization", "Bearer "] as const;
const CLAUDE_HEADERS = ["anthropic-version", "anthropic-beta"] as const;

/** Makes a provider type of its description. */
export function openaiCompatible(spec: OpenAICompatible): ProviderDefinition {
  const limits = limitsFrom(spec.limits ?? {});
  return {
    type: spec.type,
    ...(spec.vendor === undefined ? {} : { vendor: spec.vendor }),
    fields: spec.fields ?? {},
    ...(spec.environment === undefined ? {} : { environment: spec.environment }),
    ...(spec.owns === undefined ? {} : { owns: spec.owns }),
    needsToken: spec.needsToken,
    configure: (settings) => configure(spec, settings, limits),
  };
}

function configure(spec: OpenAICompatible, settings: ProviderSettings, limits: Provider["limits"]): Provider {
  checkTokens(settings);
  spec.check?.(settings.options);
  const { given, base, vendorPath, own } = addressOf(spec, settings);
  const claude = spec.messages?.enabled?.(settings.options) === false ? undefined : spec.messages;
  const urls = urlsOf(spec, { base, vendorPath, claude, options: settings.options });
  const forward: Partial<Record<ProtocolName, readonly string[]>> = {
    "openai-chat": spec.forwardHeaders ?? [],
    "openai-responses": spec.forwardHeaders ?? [],
    "anthropic-messages": [...(spec.forwardHeaders ?? []), ...CLAUDE_HEADERS],
  };
  return {
    id: settings.id,
    type: spec.type,
    protocols: protocolsOf(spec, claude),
    keyless: !spec.needsToken || own,
    dialect: (protocol) => (protocol === "openai-chat" ? (spec.dialect ?? {}) : {}),
    url: (call) => urlOf(urls, call),
    shape: (api) => spec.shapes?.[api] ?? "openai",
    forwardHeaders: (protocol) => forward[protocol] ?? [],
    authorize(headers, credential, { protocol }) {
      const isClaude = protocol === "anthropic-messages";
      const [name, scheme] = (isClaude ? claude?.secret : undefined) ?? BEARER;
      setSecret(headers, name, scheme, credential);
      if (isClaude && !headers.has("anthropic-version")) headers.set("anthropic-version", "2023-06-01");
    },
    classify,
    limits,
    ...(spec.passThrough === true ? { passThrough: (path) => sameVersion(given, path) } : {}),
  };
}

function protocolsOf({ responses }: OpenAICompatible, claude: Messages | undefined): ProtocolName[] {
  return [
    "openai-chat",
    ...(responses === true ? (["openai-responses"] as const) : []),
    ...(claude === undefined ? [] : (["anthropic-messages"] as const)),
  ];
}

/** `given` is the address as it was written, `base` the root it leads to, `own`: it is not the vendor's. */
interface Resolved {
  readonly given: BaseUrl;
  readonly base: BaseUrl;
  readonly vendorPath: string;
  readonly own: boolean;
}

/** The address by `baseUrl`, else by the type's own settings, else the vendor's. */
function addressOf(spec: OpenAICompatible, settings: ProviderSettings): Resolved {
  const { baseUrl, options } = settings;
  const vendor = parseBase(typeof spec.base === "string" ? spec.base : spec.base(options), spec.type);
  const address = baseUrl === undefined ? spec.address?.(options) : { setting: "baseUrl", url: baseUrl };
  if (address === undefined && spec.addressNeeded === true) {
    throw new Error(`baseUrl is missing: the type ${spec.type} has no server of its own.`);
  }
  const given = address === undefined ? vendor : parseBase(address.url, address.setting, spec.bare);
  const vendorPath = spec.rootsOfHosts?.[new URL(given.origin).host] ?? vendor.path;
  return { given, base: rooted(given, vendorPath), vendorPath, own: given.origin !== vendor.origin };
}

/** By protocol for chat, by name for what is OpenAI's, by protocol and name for Claude's other APIs. */
interface Urls {
  readonly chat: Readonly<Partial<Record<ProtocolName, string>>>;
  readonly apis: Readonly<Partial<Record<ApiName, string>>>;
  readonly countTokens: string | undefined;
}

interface UrlParts {
  readonly base: BaseUrl;
  readonly vendorPath: string;
  readonly claude: Messages | undefined;
  readonly options: Options;
}

function urlsOf(spec: OpenAICompatible, { base, vendorPath, claude, options }: UrlParts): Urls {
  const { chatPath = "/chat/completions", apis = ["models"], paths, asidePaths = {} } = spec;
  const beside = aside(base, vendorPath);
  const messages = claude && { base: claude.aside === true ? beside : unversioned(base), path: claude.path };
  return {
    chat: {
      "openai-chat": join(base, typeof chatPath === "string" ? chatPath : chatPath(options)),
      ...(spec.responses === true ? { "openai-responses": join(base, "/responses") } : {}),
      ...(messages === undefined ? {} : { "anthropic-messages": join(messages.base, messages.path) }),
    },
    apis: {
      ...Object.fromEntries(apis.map((api) => [api, join(base, paths?.[api] ?? OPENAI_PATHS[api])])),
      ...Object.fromEntries(Object.entries(asidePaths).map(([api, path]) => [api, join(beside, path)])),
    },
    countTokens:
      messages !== undefined && claude?.countTokens === true
        ? join(messages.base, `${messages.path}/count_tokens`)
        : undefined,
  };
}

function urlOf(urls: Urls, call: UpstreamCall): string | undefined {
  const { api, protocol, rest } = call;
  if (api === "chat") return urls.chat[protocol];
  if (api === "count-tokens") return protocol === "anthropic-messages" ? urls.countTokens : undefined;
  const url = urls.apis[api];
  if (url === undefined || !isOpenAIs(call)) return undefined;
  return below(api === "realtime" ? webSocket(url) : url, rest);
}
