import { z } from "zod";
import type { Json } from "#src/core/json.ts";
import { anyText, duration, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, table } from "#src/core/settings/shapes.ts";

/** How one argument of a tool is shown, or what stands in its place. */
export interface ArgumentOverride {
  /** Always sent, and not shown to the model. */
  readonly value?: Json;
  /** Sent when the model gives none. */
  readonly default?: Json;
  /** The name the model sees. */
  readonly name?: string;
  readonly description?: string;
}

/** How a tool of a member is shown. */
export interface ToolOverride {
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
  readonly annotations?: Readonly<Record<string, Json>>;
  readonly arguments?: Readonly<Record<string, ArgumentOverride>>;
}

/** A server that is part of a set. */
export interface MemberSettings {
  readonly server: string;
  /** Names or patterns of the tools that are shown; left out: all. */
  readonly tools?: readonly string[];
  /** Those that are not, whatever `tools` says. */
  readonly except?: readonly string[];
  /** Stands before the names of tools and prompts; `<server>__` when left out. */
  readonly prefix?: string;
  /** By the tools' own names. */
  readonly override?: Readonly<Record<string, ToolOverride>>;
}

/** Searching in place of listing. */
export interface SearchSettings {
  /** From how many tools on. */
  readonly above: number;
  /** How many a search finds at most. */
  readonly limit: number;
  /** Tools that are listed all the same, by the names they are shown under. */
  readonly pinned: readonly string[];
  /** Embeddings find by meaning; left out: words are looked for (BM25). */
  readonly provider?: string;
  readonly model?: string;
}

/** Several servers as one. */
export interface ToolSetSettings {
  readonly servers: readonly MemberSettings[];
  /** Milliseconds a member may take to list; who takes longer is left out for this time. */
  readonly timeout: number;
  readonly search?: SearchSettings;
}

const json = z.json() as z.ZodType<Json>;

const argument: z.ZodType<ArgumentOverride> = makes<ArgumentOverride>()(
  z.strictObject({
    value: json.describe("Always sent, and not shown.").exactOptional(),
    default: json.describe("Sent when the model gives none.").exactOptional(),
    name: text("The name the model sees.").exactOptional(),
    description: text("What the model is told of it.").exactOptional(),
  }),
);

const override: z.ZodType<ToolOverride> = makes<ToolOverride>()(
  z.strictObject({
    name: text("The name it is shown under, in place of prefix and own name.").exactOptional(),
    title: text("Its title.").exactOptional(),
    description: text("What the model is told of it.").exactOptional(),
    annotations: table(json, "MCP's ToolAnnotations, such as readOnlyHint.").exactOptional(),
    arguments: table(argument, "Its arguments, by their own names.").exactOptional(),
  }),
);

const member: z.ZodType<MemberSettings> = makes<MemberSettings>()(
  z.strictObject({
    server: name("Another server's name."),
    tools: list(text("A tool's name, abc* or ~regex."), "The tools that are shown; all when left out.").exactOptional(),
    except: list(text("A tool's name, abc* or ~regex."), "Tools that are not shown.").exactOptional(),
    prefix: anyText(
      "Stands before the names of tools and prompts; the server's name and __ when left out.",
    ).exactOptional(),
    override: table(override, "How single tools are shown, by their own names.").exactOptional(),
  }),
);

const search: z.ZodType<SearchSettings> = makes<SearchSettings>()(
  z
    .strictObject({
      above: integer("From how many tools on search_tools and call_tool stand in their place.", 0, 100_000).prefault(
        50,
      ),
      limit: integer("How many tools a search finds.", 1, 100).prefault(8),
      pinned: list(text("A tool's name."), "Tools that are listed all the same.").prefault([]),
      provider: text(
        "A provider whose embeddings find tools by meaning; words are looked for when left out.",
      ).exactOptional(),
      model: text("The embedding model.").exactOptional(),
    })
    .refine(
      ({ provider, model }) => (provider === undefined) === (model === undefined),
      "provider and model go together",
    ),
);

const whole: z.ZodType<ToolSetSettings> = makes<ToolSetSettings>()(
  z.strictObject({
    servers: someOf(member, "The servers, in the order in which their tools are listed."),
    timeout: duration("How long a server may take to list its tools.", 1).prefault("10s"),
    search: search.describe("Searching in place of listing hundreds of tools.").exactOptional(),
  }),
);

/** The field `toolSet`: the servers, or an object with more to say. */
export const toolSetSettings: z.ZodType<ToolSetSettings> = z.union([
  someOf(member, "The servers.").transform((servers): ToolSetSettings => ({ servers, timeout: 10_000 })),
  whole,
]);
