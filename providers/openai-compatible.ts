import type { ApiName } from "#src/core/api.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { Provider, ProviderDefinition, ProviderSettings, UpstreamCall } from "#src/core/provider.ts";
import { aside, type BaseUrl, join, ownUrl, parseBase, rooted, sameVersion, unversioned } from "./base-url.ts";
import { limitsFrom } from "./model-limits.ts";
import { below, isOpenAIs, OPENAI_PATHS, webSocket } from "./openai-paths.ts";
import type { Messages, OpenAICompatible, Options } from "./openai-spec.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classifyWith } from "./verdict.ts";

const BEARER = ["authorization", "Bearer "] as const;
const CLAUDE_HEADERS = ["anthropic-version", "anthropic-beta"] as const;

/** Makes a provider type of its description. */
export function openaiCompatible(spec: OpenAICompatible): ProviderDefinition {
  const made: Made = { limits: limitsFrom(spec.limits ?? {}), classify: classifyWith(spec.errors ?? {}) };
  return {
    type: spec.type,
    ...(spec.vendor === undefined ? {} : { vendor: spec.vendor }),
    fields: spec.fields ?? {},
    ...(spec.environment === undefined ? {} : { environment: spec.environment }),
    ...(spec.owns === undefined ? {} : { owns: spec.owns }),
    needsToken: spec.needsToken,
    configure: (settings) => configure(spec, settings, made),
  };
}

/** What all providers of a type share. */
type Made = Pick<Provider, "limits" | "classify">;

function configure(spec: OpenAICompatible, settings: ProviderSettings, made: Made): Provider {
  checkTokens(settings);
  spec.check?.(settings.options);
  const { given, base, vendorPath, own } = addressOf(spec, settings);
  const spoken = spokenBy(spec, settings.options);
  const urls = urlsOf(spec, { base, vendorPath, spoken, options: settings.options });
  const { dialect = {}, responses, ownPaths = [], forwardHeaders = [], adjust } = spec;
  const { messages } = spoken;
  const forCertain = typeof responses === "object" ? responses.models : undefined;
  return {
    id: settings.id,
    type: spec.type,
    protocols: spoken.protocols,
    ...(forCertain === undefined ? {} : { protocolsFor: (model) => protocolsFor(spoken, forCertain(model)) }),
    keyless: !spec.needsToken || own,
    dialect(protocol, model) {
      if (protocol !== "openai-chat") return {};
      return typeof dialect === "function" ? dialect(model) : dialect;
    },
    url: (call) => urlOf(urls, call),
    shape: (api) => spec.shapes?.[api] ?? "openai",
    forwardHeaders: (protocol) => forwarded(protocol, forwardHeaders),
    authorize(headers, credential, { protocol }) {
      const isClaude = protocol === "anthropic-messages";
      const [name, scheme] = (isClaude ? messages?.secret : undefined) ?? BEARER;
      setSecret(headers, name, scheme, credential);
      if (isClaude && !headers.has("anthropic-version")) headers.set("anthropic-version", "2023-06-01");
    },
    ...made,
    ...(adjust === undefined ? {} : { adjust: (body, call) => (isChat(call) ? adjust(body) : body) }),
    ...contextOf(spec.contextFile?.(settings.options)),
    ...(spec.passThrough === true ? { passThrough: (path) => sameVersion(given, path) } : {}),
    ...(ownPaths.length > 0 ? { passThrough: (path) => ownUrl(base, ownPaths, path) } : {}),
  };
}

/** The call for a file's content. Format: https://platform.openai.com/docs/api-reference/files/retrieve-contents */
function contextOf(file: string | undefined): Pick<Provider, "context"> {
  if (file === undefined) return {};
  return { context: { api: "files", protocol: "openai-chat", model: "", stream: false, rest: `/${file}/content` } };
}

function isChat({ api, protocol }: UpstreamCall): boolean {
  return api === "chat" && protocol === "openai-chat";
}

function forwarded(protocol: ProtocolName, own: readonly string[]): readonly string[] {
  if (protocol === "anthropic-messages") return [...own, ...CLAUDE_HEADERS];
  return protocol === "openai-chat" || protocol === "openai-responses" ? own : [];
}

/** What a provider speaks as it is configured. */
interface Spoken {
  readonly protocols: readonly ProtocolName[];
  readonly messages: Messages | undefined;
}

function spokenBy({ responses, messages, prefers }: OpenAICompatible, options: Options): Spoken {
  const responding = responses === true || (responses !== undefined && responses.enabled?.(options) !== false);
  const claude = messages?.enabled?.(options) === false ? undefined : messages;
  const all: ProtocolName[] = [
    "openai-chat",
    ...(responding ? (["openai-responses"] as const) : []),
    ...(claude === undefined ? [] : (["anthropic-messages"] as const)),
  ];
  const first = all.filter((protocol) => protocol === prefers);
  return { protocols: [...new Set([...first, ...all])], messages: claude };
}

function protocolsFor({ protocols }: Spoken, responding: boolean): readonly ProtocolName[] {
  return responding ? protocols : protocols.filter((protocol) => protocol !== "openai-responses");
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
  const { hosts = {} } = spec;
  const { host } = new URL(given.origin);
  const known = Object.hasOwn(hosts, host);
  const vendorPath = (known ? hosts[host] : undefined) ?? vendor.path;
  return { given, base: rooted(given, vendorPath), vendorPath, own: given.origin !== vendor.origin && !known };
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
  readonly spoken: Spoken;
  readonly options: Options;
}

function urlsOf(spec: OpenAICompatible, { base, vendorPath, spoken, options }: UrlParts): Urls {
  const { apis = ["models"], paths, asidePaths = {} } = spec;
  const beside = aside(base, vendorPath);
  const messages = messagesUrl(spoken.messages, base, beside);
  return {
    chat: {
      "openai-chat": chatUrl(spec, base, beside, options),
      ...(spoken.protocols.includes("openai-responses") ? { "openai-responses": join(base, "/responses") } : {}),
      ...(messages === undefined ? {} : { "anthropic-messages": messages("") }),
    },
    apis: {
      ...Object.fromEntries(apis.map((api) => [api, join(base, paths?.[api] ?? OPENAI_PATHS[api])])),
      ...Object.fromEntries(Object.entries(asidePaths).map(([api, path]) => [api, join(beside, path)])),
    },
    countTokens: spoken.messages?.countTokens === true ? messages?.("/count_tokens") : undefined,
  };
}

function chatUrl(spec: OpenAICompatible, base: BaseUrl, beside: BaseUrl, options: Options): string {
  const { chatPath = "/chat/completions", asideChatPath } = spec;
  const path = asideChatPath?.(options);
  if (path !== undefined) return join(beside, path);
  return join(base, typeof chatPath === "string" ? chatPath : chatPath(options));
}

function messagesUrl(
  messages: Messages | undefined,
  base: BaseUrl,
  beside: BaseUrl,
): ((rest: string) => string) | undefined {
  if (messages === undefined) return undefined;
  const from = messages.aside === true ? beside : unversioned(base);
  return (rest) => join(from, messages.path + rest);
}

function urlOf(urls: Urls, call: UpstreamCall): string | undefined {
  const { api, protocol, rest } = call;
  if (api === "chat") return urls.chat[protocol];
  if (api === "count-tokens") return protocol === "anthropic-messages" ? urls.countTokens : undefined;
  const url = urls.apis[api];
  if (url === undefined || !isOpenAIs(call)) return undefined;
  return below(api === "realtime" ? webSocket(url) : url, rest);
}
