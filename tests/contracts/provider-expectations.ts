import type { ApiName } from "#src/core/api.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { ProviderDefinition, ProviderSettings, Verdict } from "#src/core/provider.ts";
import type { ProviderAnswer, Refusal } from "./provider-answers.ts";

/** An error as the vendor answers it. `$SECRET` in the body stands for the credential, which some vendors quote. */
export interface VendorError {
  readonly status: number;
  readonly body: JsonObject | string | Json[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  /** Seconds the vendor asks to wait for. */
  readonly retryAfter?: number;
}

/** What a provider's test says of it, beyond what every provider keeps to. */
export interface ProviderExpectations {
  readonly definition: ProviderDefinition;
  /** The settings the rows below are for. */
  readonly settings?: Partial<ProviderSettings>;
  /** Every URL, by `<api> <protocol>`, or by `<api>` alone for one of OpenAI's, in all protocols it is asked in; what is left out must be undefined. */
  readonly urls: Readonly<Record<string, string>>;
  /** The headers of a call with the secret `$SECRET`, by protocol. */
  readonly headers: Readonly<Partial<Record<ProtocolName, Readonly<Record<string, string>>>>>;
  readonly keyless: boolean;
  /** Settings and the chat URL they lead to, in the first protocol unless another is named. */
  readonly addresses?: readonly (readonly [
    settings: Partial<ProviderSettings>,
    url: string,
    protocol?: ProtocolName,
  ])[];
  /** How it answers chat, for a protocol or in a flavour the contract does not know. */
  readonly answers?: Readonly<Partial<Record<ProtocolName, ProviderAnswer>>>;
  /** How it refuses, where that is not as its first protocol's vendor does. */
  readonly refusal?: Refusal;
  /** Errors of its own: a documented code or status, and what it means. */
  readonly errors?: readonly VendorError[];
  /** APIs it has in a format nobody converts to: an OpenAI client is told so. */
  readonly inconvertible?: readonly ApiName[];
}
