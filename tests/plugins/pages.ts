/**
 * Writes what the plugins say of themselves into their pages, docs/plugins/NAME.md, between two marks, and the list of them into
 * docs/plugins/README.md: `bun run plugin-docs`. What stands outside the marks is left alone; a page that is missing is begun.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PHASES, type Plugin } from "#src/core/plugin.ts";
import { registry } from "#src/registry.ts";
import { table } from "#tests/support/markdown.ts";
import { fieldRows } from "./fields.ts";

const BEGIN = "<!-- Written by `bun run plugin-docs`; do not change it by hand. -->";
const END = "<!-- The rest is written by hand. -->";

/** A page of the plugins' documentation, as it is and as it should be. */
export interface Page {
  readonly file: URL;
  readonly is: string | undefined;
  readonly shouldBe: string;
}

/** The pages of these plugins and the list of them. */
export function pluginPages(
  plugins: readonly Plugin[],
  folder: URL = new URL("../../docs/plugins/", import.meta.url),
): Page[] {
  return [
    page(new URL("README.md", folder), "Plugins", listOf(plugins)),
    ...plugins.map((plugin) => page(new URL(`${plugin.name}.md`, folder), plugin.name, factsOf(plugin))),
  ];
}

function page(file: URL, title: string, block: string): Page {
  const is = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  return { file, is, shouldBe: withBlock(is ?? `# ${title}\n`, block) };
}

/** The text with the block in its place: between the marks, or under the first line where there are none. */
export function withBlock(text: string, block: string): string {
  const whole = `${BEGIN}\n\n${block}\n\n${END}\n`;
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin !== -1 && end > begin) return text.slice(0, begin) + whole + text.slice(end + END.length + 1);
  const [title = "", ...rest] = text.split("\n");
  const below = rest.join("\n").trim();
  return `${title}\n\n${whole}${below === "" ? "" : `\n${below}\n`}`;
}

function listOf(plugins: readonly Plugin[]): string {
  const rank = ({ phase }: Plugin): number => PHASES.indexOf(phase);
  const rows = plugins
    .toSorted((a, b) => rank(a) - rank(b) || b.priority - a.priority || a.name.localeCompare(b.name))
    .map(({ name, phase, priority, summary }) => [`[${name}](${name}.md)`, `\`${phase}\``, String(priority), summary]);
  return table([["Plugin", "Phase", "Priority", "What it is for"], ...rows]);
}

/** What stands between the marks of a plugin's page. */
export function factsOf({ summary, phase, priority, failStrategy, options, rules }: Plugin): string {
  const facts = [
    ["Phase", "Priority", "When it fails"],
    [`\`${phase}\``, String(priority), `\`${failStrategy}\``],
  ];
  const parts = [summary, table(facts), fieldTable(options, "`config`")];
  if (rules !== undefined) parts.push("In `rules[].config`:", fieldTable(rules.schema, "`rules[].config`"));
  return parts.join("\n\n");
}

function fieldTable(schema: Plugin["options"], where: string): string {
  const rows = fieldRows(schema);
  return rows.length === 0
    ? `There is nothing to say in ${where}.`
    : table([["Field", "Type", "Default", "Meaning"], ...rows]);
}

if (import.meta.main) {
  for (const { file, is, shouldBe } of pluginPages(registry.plugins)) {
    if (is !== shouldBe) writeFileSync(file, shouldBe);
  }
}
