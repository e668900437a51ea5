import process from "node:process";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import type { ResourceFinding } from "#config/kubernetes/checked-entries.ts";
import { labelOf } from "#config/kubernetes/resource.ts";
import type { Subcommand, SubcommandWorld } from "#src/core/subcommand.ts";
import { registry } from "#src/registry.ts";
import { resourcesSource } from "../config-source.ts";
import { type HiddenSecret, SecretHider } from "./hidden-secrets.ts";
import { objectsIn } from "./kubernetes-objects.ts";
import { writtenConfig } from "./written-config.ts";

const OPTIONS = {
  from: { type: "string" },
  output: { type: "string", short: "o" },
  "inline-secrets": { type: "boolean", default: false },
} as const;

const USAGE = `  sluice convert --from higress DIR [--output FILE] [--inline-secrets]
      Writes the native configuration that the Kubernetes objects in DIR come to: Ingresses, Gateway API, Higress' and Istio's kinds.
      Secrets become references, and it is told what to set; with --inline-secrets they stand in the file.
`;

/** `sluice convert`. */
export const convertCommand: Subcommand = {
  name: "convert",
  usage: USAGE,
  run: (args, world) => Promise.resolve(convert(args, world)),
};

interface Asked {
  readonly folder: string;
  readonly output: string | undefined;
  readonly inline: boolean;
}

function convert(args: readonly string[], world: SubcommandWorld): number {
  const asked = readArguments(args);
  if (typeof asked === "string") {
    world.tell(`sluice convert: ${asked}\n\n${USAGE}`);
    return 2;
  }
  const base = resourcesSource({}, registry)();
  if (!base.ok) throw new Error(base.problems.join("\n"));
  let objects;
  try {
    objects = objectsIn(asked.folder);
  } catch {
    world.tell(`sluice convert: ${asked.folder} cannot be read: it has to be a folder of YAML files\n`);
    return 1;
  }
  const { config, findings } = writtenConfig(objects.resources, base.config, registry, process.env);
  const hider = new SecretHider(asked.inline ? [] : objects.resources);
  const text = stringify(asked.inline ? escapedReferences(config) : hider.hide(config), { lineWidth: 0 });
  if (asked.output === undefined) world.print(text);
  else world.writeFile(asked.output, text);
  for (const problem of objects.problems) world.tell(`${problem}\n`);
  for (const finding of findings) world.tell(`${lineOf(finding)}\n`);
  world.tell(secretLines(hider.used));
  return objects.problems.length > 0 || findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

function readArguments(args: readonly string[]): Asked | string {
  let values, positionals;
  try {
    ({ values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (values.from !== "higress") return "--from is higress, the only form that can be converted";
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) return "one folder of Kubernetes objects is needed";
  return { folder, output: values.output, inline: values["inline-secrets"] };
}

/** A `${` in a value is no reference of the file's. */
function escapedReferences(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(escapedReferences);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escapedReferences(one)]));
}

function lineOf({ resource, field, severity, message, hint }: ResourceFinding): string {
  const place = [labelOf(resource), field].filter((part) => part !== "").join(": ");
  return `${severity}: ${place}  ${hint === undefined ? message : `${message}; ${hint}`}`;
}

function secretLines(used: readonly HiddenSecret[]): string {
  if (used.length === 0) return "";
  const lines = used.map(({ reference, of }) => `  ${reference.replace(/^(env|file):/, "$1 ")}: ${of}`);
  return `The configuration needs these, which are not in it:\n${lines.join("\n")}\n`;
}
