import { z } from "zod";
import type { ProviderDefinition } from "#src/core/provider.ts";
import {
  anyText,
  checkedText,
  Complaint,
  duration,
  flag,
  httpUrl,
  integer,
  regex,
  regexComplaint,
  text,
} from "./scalars.ts";
import { list, makes, word } from "./shapes.ts";
import { type Timeouts, timeouts } from "./timeouts.ts";

/** When a credential is set aside, and for how long. */
export interface FailoverConfig {
  readonly enabled: boolean;
  /** Milliseconds a failed credential rests when the provider does not say how long; left out: by the status. */
  readonly cooldown?: number;
  /** Higress' regular expressions, found anywhere in the status code; left out: the provider's own verdict decides. */
  readonly failoverOnStatus?: readonly string[];
}

/** Higress' retries with the next credential of the same provider. */
export interface RetryConfig {
  readonly enabled: boolean;
  readonly maxRetries: number;
  /** Milliseconds for one try. */
  readonly retryTimeout: number;
  readonly retryOnStatus: readonly string[];
}

/** The settings every provider has. */
interface CommonFields {
  readonly id?: string;
  readonly type: string;
  readonly apiTokens: readonly string[];
  /** Without a slash at its end. */
  readonly baseUrl?: string;
  /** Model names asked for to the provider's; in the order written. */
  readonly modelMapping: Readonly<Record<string, string>>;
  readonly failover: FailoverConfig;
  readonly retryOnFailure?: RetryConfig;
  /** `original`: requests are sent on as they are, in whatever protocol. */
  readonly protocol: "openai" | "original";
  readonly timeouts: Timeouts;
  readonly maxOutputTokens?: number;
}

/** One provider. */
export interface ProviderConfig extends CommonFields {
  readonly id: string;
  /** The fields its type adds, checked by the definition's `fields`. */
  readonly options: Readonly<Record<string, unknown>>;
}

const anyStatus = ["4.*", "5.*"];
const statusList = list(
  regex("A regular expression, found anywhere in the status code."),
  "Status codes, as regular expressions.",
);

const failover = z
  .strictObject({
    enabled: flag("Whether a credential that fails rests while others are used.").prefault(true),
    cooldown: duration("How long a failed credential rests when the provider does not say.").exactOptional(),
    cooldownDuration: duration("Higress' name of cooldown.").exactOptional(),
    failoverOnStatus: statusList.exactOptional(),
  })
  .transform((written, context): FailoverConfig => {
    const { cooldown, cooldownDuration, ...others } = written;
    if (cooldown !== undefined && cooldownDuration !== undefined) {
      context.issues.push({ code: "custom", message: "cooldown and cooldownDuration are the same", input: written });
    }
    const rest = cooldown ?? cooldownDuration;
    return { ...others, ...(rest === undefined ? {} : { cooldown: rest }) };
  })
  .describe("Sets credentials aside that fail.");

const retryOnFailure: z.ZodType<RetryConfig> = makes<RetryConfig>()(
  z
    .strictObject({
      enabled: flag("Whether to try again.").prefault(false),
      maxRetries: integer("How many more tries.", 0, 100).prefault(1),
      retryTimeout: duration("The longest time one try may take.", 1).prefault(60_000),
      retryOnStatus: statusList.prefault(anyStatus),
    })
    .describe("Tries again with the provider's next credential."),
);

const id = checkedText(
  { description: "Names the provider in routes, logs and model names; its type when left out." },
  (value) =>
    /^[\w.:@-]{1,100}$/.test(value)
      ? value
      : new Complaint("must be up to 100 letters, digits and . _ : @ -", "a slash would not work in provider/model"),
);

const modelMapping = z
  .record(
    z.string(),
    anyText("The model to ask the provider for; empty: the name asked for; $1 is a regex' first group."),
  )
  .superRefine((mapping, context) => {
    for (const pattern of Object.keys(mapping)) {
      const complaint = pattern.startsWith("~") ? regexComplaint(pattern.slice(1)) : undefined;
      if (complaint === undefined) continue;
      const { message, hint } = complaint;
      context.addIssue({
        code: "custom",
        path: [pattern],
        message: `the pattern ${message}`,
        params: { hint, atKey: true },
      });
    }
  })
  .describe("Model names: exact, abc* prefix, ~regex, or *; the first kind that fits wins, in this order.");

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
function entryOf(written: CommonFields): ProviderEntry {
  const options: Record<string, unknown> = {};
  const shared: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) (Object.hasOwn(common, key) ? shared : options)[key] = value;
  return { ...(shared as unknown as CommonFields), options };
}
