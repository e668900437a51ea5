import { z } from "zod";
import { PROTOCOLS } from "#src/core/protocol.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { capabilities, context, customSetting, domain, prefix, type SharedFields } from "./common-fields.ts";
import { type ModelMapping, modelMapping } from "./model-mapping.ts";
import { type FailoverConfig, failover, type RetryConfig, retryOnFailure } from "./failover.ts";
import { checkedText, Complaint, duration, flag, httpUrl, integer, text } from "#src/core/settings/scalars.ts";
import { list, word } from "#src/core/settings/shapes.ts";
import { type Timeouts, timeouts } from "./timeouts.ts";

/** The settings every provider has. */
interface CommonFields extends SharedFields {
  readonly id?: string;
  readonly type: string;
  readonly apiTokens: readonly string[];
  /** Without a slash at its end. */
  readonly baseUrl?: string;
  /** Model names asked for to the provider's; in the order written. */
  readonly modelMapping: ModelMapping;
  readonly failover: FailoverConfig;
  readonly retryOnFailure?: RetryConfig;
  /** `original`: requests are sent on as they are, in whatever protocol. */
  readonly protocol: "openai" | "original";
  readonly timeouts: Timeouts;
  readonly maxOutputTokens?: number;
}

/** As people write them: a deadline may have Higress' name. */
interface WrittenFields extends CommonFields {
  readonly firstByteTimeout?: number;
}

/** One provider. */
export interface ProviderConfig extends CommonFields {
  readonly id: string;
  /** The fields its type adds, checked by the definition's `fields`. */
  readonly options: Readonly<Record<string, unknown>>;
}

const id = checkedText(
  { description: "Names the provider in routes, logs and model names; its type when left out." },
  (value) =>
    /^[\w.:@-]{1,100}$/.test(value)
      ? value
      : new Complaint("must be up to 100 letters, digits and . _ : @ -", "a slash would not work in provider/model"),
);

const KIND = "What kind of provider it is.";

const common = {
  id: id.exactOptional(),
  type: text(KIND),
  apiTokens: list(text("A key of the provider."), "The provider's keys; more than one are used in turn.").prefault([]),
  baseUrl: httpUrl("Replaces scheme, host and path prefix of the provider's addresses.").exactOptional(),
  modelMapping: modelMapping.prefault({}),
  failover: failover.prefault({}),
  retryOnFailure: retryOnFailure.exactOptional(),
  protocol: word(["openai", "original"], "original: requests go through as they are.").prefault("openai"),
  timeouts: timeouts.prefault({}).describe("Deadlines of a call; those of a route win."),
  maxOutputTokens: integer("The most tokens a model may write, where a protocol wants that said.", 1).exactOptional(),
  upstreamProtocol: word(
    PROTOCOLS,
    "What clients are converted to whose own protocol the provider does not speak; its preferred one when left out.",
  ).exactOptional(),
  customSettings: list(customSetting, "Fields put into every chat request.").prefault([]),
  context: context.exactOptional(),
  timeout: duration("The longest time that fetching context may take.", 1).prefault(120_000),
  contextCleanupCommands: list(
    text("The whole text of a user's message."),
    "User messages that make all before them forgotten, but for system messages.",
  ).prefault([]),
  reasoningContentMode: word(
    ["passthrough", "ignore", "concat"],
    "What becomes of reasoning in answers: shown as it is, left out, or put before the text.",
  ).prefault("passthrough"),
  mergeConsecutiveMessages: flag("Joins neighbouring messages of the user, and of the assistant.").exactOptional(),
  promoteThinkingOnEmpty: flag("An answer of nothing but reasoning has that as its text.").exactOptional(),
  hiclawMode: flag("Turns mergeConsecutiveMessages and promoteThinkingOnEmpty on.").prefault(false),
  capabilities: capabilities.exactOptional(),
  basePath: prefix("A prefix of paths, for basePathHandling.").exactOptional(),
  basePathHandling: word(
    ["removePrefix", "prepend"],
    "removePrefix: basePath is taken off paths that go on as they are; prepend: it is put before the provider's.",
  ).prefault("removePrefix"),
  providerBasePath: prefix("Stands before the path of every API of the provider.").exactOptional(),
  providerDomain: domain.exactOptional(),
  firstByteTimeout: duration("Higress' name of timeouts.firstByte; 0: none.").exactOptional(),
};

/** One entry of `providers`, before ids are settled. */
export type ProviderEntry = Omit<ProviderConfig, "id"> & { readonly id?: string };

/** One entry of `providers`: the common fields and those of its type. */
export function providerEntry(definitions: readonly ProviderDefinition[]): z.ZodType<ProviderEntry> {
  const options = definitions.map((definition) => {
    const clash = Object.keys(definition.fields).find((key) => Object.hasOwn(common, key));
    if (clash !== undefined) throw new Error(`provider type ${definition.type} redefines the common field ${clash}`);
    return z.strictObject({ ...common, ...definition.fields, type: z.literal(definition.type).describe(KIND) });
  });
  const [first, ...others] = options;
  if (first === undefined) return anyProvider();
  return z.discriminatedUnion("type", [first, ...others]).transform(entryOf);
}

/** Without definitions the fields of the types are unknown, and so all are let through. */
function anyProvider(): z.ZodType<ProviderEntry> {
  return z.looseObject(common).transform(entryOf);
}

/** Parts the fields of the type from the common ones. */
function entryOf(written: WrittenFields): ProviderEntry {
  const { firstByteTimeout, ...fields } = written;
  const options: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) (Object.hasOwn(common, key) ? shared : options)[key] = value;
  const own = shared as unknown as CommonFields;
  if (firstByteTimeout === undefined) return { ...own, options };
  return { ...own, timeouts: { firstByte: firstByteTimeout, ...own.timeouts }, options };
}
