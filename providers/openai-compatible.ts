import type { ZodRawShape } from "zod";
import type { Dialect, ProtocolName } from "#src/core/protocol.ts";
import type { ApiName, Provider, ProviderDefinition, ProviderSettings } from "#src/core/provider.ts";
import { type BareAddress, type BaseUrl, join, parseBase, rooted, sameVersion, unversioned } from "./base-url.ts";
import { limitsFrom, type OutputLimits } from "./model-limits.ts";
import { checkTokens, setSecret } from "./secret-header.ts";
import { classify } from "./verdict.ts";

/** What tells one OpenAI-like provider from another. */
export interface OpenAICompatible {
  readonly type: string;
  /** The API's root with its version segment: what an OpenAI client would be given as its base URL. */
  readonly base: string;
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
  /** The server speaks Claude's protocol as well. */
  readonly messages?: Messages;
  readonly forwardHeaders?: readonly string[];
  /** Takes every path, not only those of known APIs. */
  readonly passThrough?: boolean;
  /** The address as the type's own settings give it; `baseUrl` wins over it. */
  address?(options: Readonly<Record<string, unknown>>): Address | undefined;
}

/** An address and the setting it came from, for error messages. */
export interface Address {
  readonly setting: string;
  readonly url: string;
}

/** Where Claude's protocol is spoken, below the root without its version. */
interface Messages {
  readonly path: string;
  readonly countTokens?: boolean;
  /** The header and the scheme of the credential there; like everywhere else when left out. */
  readonly secret?: readonly [header: string, scheme: string];
  /** Whether it is on, by the type's own settings; always when left out. */
  readonly enabled?: (options: Readonly<Record<string, unknown>>) => boolean;
}

const BEARER = ["authorization", "Bearer "] as const;
const CLAUDE_HEADERS = ["anthropic-version", "anthropic-beta"] as const;

/** Makes a provider type of its description. */
export function openaiCompatible(spec: OpenAICompatible): ProviderDefinition {
  const limits = limitsFrom(spec.limits ?? {});
  return {
    type: spec.type,
    fields: spec.fields ?? {},
    ...(spec.environment === undefined ? {} : { environment: spec.environment }),
    ...(spec.owns === undefined ? {} : { owns: spec.owns }),
    needsToken: spec.needsToken,
    configure: (settings) => configure(spec, settings, limits),
  };
}

function configure(spec: OpenAICompatible, settings: ProviderSettings, limits: Provider["limits"]): Provider {
  checkTokens(settings);
  const { given, own } = addressOf(spec, settings);
  const base = rooted(given, parseBase(spec.base, spec.type).path);
  const claude = spec.messages?.enabled?.(settings.options) === false ? undefined : spec.messages;
  const urls = urlsOf(base, claude);
  const forward: Partial<Record<ProtocolName, readonly string[]>> = {
    "openai-chat": spec.forwardHeaders ?? [],
    "anthropic-messages": [...(spec.forwardHeaders ?? []), ...CLAUDE_HEADERS],
  };
  return {
    id: settings.id,
    type: spec.type,
    protocols: claude === undefined ? ["openai-chat"] : ["openai-chat", "anthropic-messages"],
    keyless: !spec.needsToken || own,
    dialect: (protocol) => (protocol === "openai-chat" ? (spec.dialect ?? {}) : {}),
    url: ({ api, protocol }) => urls[`${api} ${protocol}`],
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

/** The address by `baseUrl`, else by the type's own settings, else the vendor's; `own`: it is not the vendor's. */
function addressOf(spec: OpenAICompatible, settings: ProviderSettings): { given: BaseUrl; own: boolean } {
  const { baseUrl, options } = settings;
  const address = baseUrl === undefined ? spec.address?.(options) : { setting: "baseUrl", url: baseUrl };
  const vendor = parseBase(spec.base, spec.type);
  if (address !== undefined) {
    const given = parseBase(address.url, address.setting, spec.bare);
    return { given, own: given.origin !== vendor.origin };
  }
  if (spec.addressNeeded === true)
    throw new Error(`baseUrl is missing: the type ${spec.type} has no server of its own.`);
  return { given: vendor, own: false };
}

type UrlKey = `${ApiName} ${ProtocolName}`;

function urlsOf(base: BaseUrl, claude: Messages | undefined): Partial<Record<UrlKey, string>> {
  const root = unversioned(base);
  return {
    "chat openai-chat": join(base, "/chat/completions"),
    "models openai-chat": join(base, "/models"),
    ...(claude === undefined ? {} : { "chat anthropic-messages": join(root, claude.path) }),
    ...(claude?.countTokens === true
      ? { "count-tokens anthropic-messages": join(root, `${claude.path}/count_tokens`) }
      : {}),
  };
}
