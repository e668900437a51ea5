import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { checkValue } from "#config/issues.ts";
import { formatPath } from "#config/report.ts";
import { name, text } from "#src/core/settings/scalars.ts";
import { makes, word } from "#src/core/settings/shapes.ts";
import type { SubcommandWorld } from "#src/core/subcommand.ts";

/** What plugins can be written in. */
export const LANGUAGES = ["typescript", "component-rust", "component-c", "component-typescript"] as const;

/** What a plugin is written in. */
export type Language = (typeof LANGUAGES)[number];

/** A plugin's `plugin.yaml`: what `sluice plugin` has to know of it. Paths are relative to it. */
export interface Manifest {
  readonly name: string;
  readonly language: Language;
  readonly source: string;
  /** What a gateway loads. */
  readonly output: string;
  readonly tests: string;
}

const manifest: z.ZodType<Manifest> = makes<Manifest>()(
  z.strictObject({
    name: name("The plugin's name."),
    language: word(LANGUAGES, "What it is written in."),
    source: text("The source."),
    output: text("What is built."),
    tests: text("Its cases.").prefault("plugin.test.yaml"),
  }),
);

/** Throws an Error that says what is wrong with it. */
export function readManifest(folder: string, world: SubcommandWorld): Manifest {
  let written: string;
  try {
    written = world.readFile(join(folder, "plugin.yaml"));
  } catch {
    throw new Error(`there is no plugin.yaml in ${folder}: 'sluice plugin new' makes a plugin with one`);
  }
  const checked = checkValue(manifest, parse(written));
  if ("data" in checked) return checked.data;
  const problems = checked.problems.map((problem) => `  ${formatPath(problem.path)}: ${problem.message}`);
  throw new Error(["plugin.yaml has problems:", ...problems].join("\n"));
}
