import { z } from "zod";
import { flag, integer, name, text } from "#src/core/settings/scalars.ts";
import { list, makes, word } from "#src/core/settings/shapes.ts";

/** The parts of the format that this version reads but does not run: a list that is not empty is an error, made in one place. */

/** A mapping that is somebody else's to check. */
export type Opaque = Readonly<Record<string, unknown>>;

/** Where a plugin is configured differently. */
export interface PluginRule {
  readonly routes?: readonly string[];
  readonly domains?: readonly string[];
  readonly services?: readonly string[];
  readonly config?: Opaque;
  readonly disabled?: boolean;
}

/** A plugin; phase, priority and failStrategy are its own when left out. */
export interface PluginConfig {
  readonly name: string;
  readonly url?: string;
  readonly sha256?: string;
  readonly phase?: "AUTHN" | "AUTHZ" | "STATS" | "UNSPECIFIED_PHASE";
  readonly priority?: number;
  readonly failStrategy?: "FAIL_CLOSE" | "FAIL_OPEN";
  readonly config?: Opaque;
  readonly rules?: readonly PluginRule[];
}

const opaque: z.ZodType<Opaque> = z.record(z.string(), z.unknown());
const texts = list(text("A name."), "Names.");

const pluginRule: z.ZodType<PluginRule> = makes<PluginRule>()(
  z.strictObject({
    routes: texts.exactOptional(),
    domains: texts.exactOptional(),
    services: texts.exactOptional(),
    config: opaque.describe("What is different here.").exactOptional(),
    disabled: flag("Whether the plugin is off here.").exactOptional(),
  }),
);

/** One entry of `plugins`. */
export const plugin: z.ZodType<PluginConfig> = makes<PluginConfig>()(
  z.strictObject({
    name: name("A built-in plugin's name, or any name with url."),
    url: text("Where the plugin is: file:, http(s): or oci://.").exactOptional(),
    sha256: text("The digest the file must have.").exactOptional(),
    phase: word(["AUTHN", "AUTHZ", "STATS", "UNSPECIFIED_PHASE"], "When it runs.").exactOptional(),
    priority: integer("Higher runs first.", -1_000_000_000, 1_000_000_000).exactOptional(),
    failStrategy: word(["FAIL_CLOSE", "FAIL_OPEN"], "What holds when it fails.").exactOptional(),
    config: opaque.describe("The plugin's own configuration.").exactOptional(),
    rules: list(pluginRule, "Where it is configured differently.").exactOptional(),
  }),
);

/** One entry of `registries`: the fields of a Higress McpBridge registry. */
export const registry: z.ZodType<Opaque> = opaque;
