import type { ZodRawShape } from "zod";
import type { ApiName, Shape } from "#src/core/api.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { Dialect, ProtocolName } from "#src/core/protocol.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import type { BareAddress } from "./base-url.ts";
import type { OutputLimits } from "./model-limits.ts";
import type { OpenAIApi } from "./openai-paths.ts";
import type { OwnErrors } from "./verdict.ts";

/** The settings of a type's own. */
export type Options = Readonly<Record<string, unknown>>;

/** What tells one OpenAI-like provider from another. */
export interface OpenAICompatible {
  readonly type: string;
  /** The vendor's name in OpenTelemetry's GenAI conventions; the type when left out. */
  readonly vendor?: string;
  /** The API's root with its version segment: what an OpenAI client would be given as its base URL. */
  readonly base: string | ((options: Options) => string);
  /** The vendor's other servers by host, with the path of their root where it is another one. They want a token as well. */
  readonly hosts?: Readonly<Record<string, string | undefined>>;
  /** The vendor has no server of its own: the settings must name one, and of `base` only the path counts. */
  readonly addressNeeded?: boolean;
  readonly fields?: ZodRawShape;
  readonly environment?: ProviderDefinition["environment"];
  readonly owns?: readonly string[];
  /** A token is needed at the vendor's own address; a server of one's own, named by a setting, may do without. */
  readonly needsToken: boolean;
  /** How an address without a scheme is completed. */
  readonly bare?: BareAddress;
  readonly dialect?: Dialect | ((model: string) => Dialect);
  readonly limits?: OutputLimits;
  /** The path of chat below the root; `/chat/completions` when left out. */
  readonly chatPath?: string | ((options: Options) => string);
  /** Beside the root, where by the settings chat is there: its path below what stands before the vendor's own root. */
  readonly asideChatPath?: (options: Options) => string | undefined;
  /** What the server has beside chat; only the models when left out. */
  readonly apis?: readonly OpenAIApi[];
  /** Where an API's path below the root is not OpenAI's. */
  readonly paths?: Readonly<Partial<Record<OpenAIApi, string>>>;
  /** APIs beside the root: their paths below what stands before the vendor's own root. */
  readonly asidePaths?: Readonly<Partial<Record<ApiName, string>>>;
  /** The format of families that are not in OpenAI's. */
  readonly shapes?: Readonly<Partial<Record<ApiName, Shape>>>;
  /** The server speaks OpenAI's Responses as well, below the root at `/responses`. Whether it keeps answers, `apis` says. */
  readonly responses?: true | Responses;
  /** The server speaks Claude's protocol as well. */
  readonly messages?: Messages;
  /** Changes a body of Chat Completions just before it is sent; the same one when there is nothing to change. */
  readonly adjust?: (body: JsonObject) => JsonObject;
  /** What clients of other protocols are converted to; OpenAI's Chat Completions when left out. */
  readonly prefers?: ProtocolName;
  readonly forwardHeaders?: readonly string[];
  /** Takes every path, not only those of known APIs. */
  readonly passThrough?: boolean;
  /** APIs that only this vendor has, by their paths below the root; requests for them go through as they are. */
  readonly ownPaths?: readonly string[];
  /** Errors that mean something of their own here. */
  readonly errors?: OwnErrors;
  /** The address as the type's own settings give it; `baseUrl` wins over it. */
  address?(options: Options): Address | undefined;
  /** The id of a file at the vendor whose content is told to the model with each chat. */
  contextFile?(options: Options): string | undefined;
  /** Throws an Error for settings that do not go together. */
  check?(options: Options): void;
}

/** An address and the setting it came from, for error messages. */
export interface Address {
  readonly setting: string;
  readonly url: string;
}

/** When the server speaks OpenAI's Responses. */
export interface Responses {
  /** By the type's own settings; always when left out. */
  readonly enabled?: (options: Options) => boolean;
  /** By the model, where only some of them can; every one when left out. */
  readonly models?: (model: string) => boolean;
}

/** Where Claude's protocol is spoken, below the root without its version, or with `aside` below what stands before the vendor's root. */
export interface Messages {
  readonly path: string;
  readonly aside?: boolean;
  readonly countTokens?: boolean;
  /** The header and the scheme of the credential there; like everywhere else when left out. */
  readonly secret?: readonly [header: string, scheme: string];
  /** Whether it is on, by the type's own settings; always when left out. */
  readonly enabled?: (options: Options) => boolean;
}
