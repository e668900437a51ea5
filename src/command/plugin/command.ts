import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Subcommand, SubcommandWorld } from "#src/core/subcommand.ts";
import { buildPlugin } from "./build.ts";
import { inspect } from "./inspect.ts";
import { LANGUAGES, type Language } from "./manifest.ts";
import { scaffold } from "./scaffold.ts";
import { testPlugin } from "./test-command.ts";

const USAGE = `  sluice plugin new FOLDER [--language ${LANGUAGES.join("|")}]
      Makes a plugin from a template, with a test.
  sluice plugin build [FOLDER]
  sluice plugin test [FOLDER]
      Builds it; runs its cases through a gateway that has nothing else.
  sluice plugin inspect FILE
      Prints what a .wasm file is, imports and exports, its size and digest.
`;

/** What is done with the argument behind a verb; the exit code. */
type Verb = (argument: string, language: Language, world: SubcommandWorld) => Promise<number>;

const VERBS: Readonly<Record<string, { readonly run: Verb; readonly otherwise?: string }>> = {
  new: { run: make },
  build: { run: (folder, _, world) => buildPlugin(folder, world), otherwise: "." },
  test: { run: (folder, _, world) => testPlugin(folder, world), otherwise: "." },
  inspect: { run: show },
};

/** `sluice plugin`, for those who write plugins. */
export const pluginCommand: Subcommand = {
  name: "plugin",
  usage: USAGE,
  async run(args, world) {
    const asked = readArguments(args);
    if (typeof asked === "string") {
      world.tell(`sluice plugin: ${asked}\n\n${USAGE}`);
      return 2;
    }
    try {
      return await asked.verb(asked.argument, asked.language, world);
    } catch (error) {
      world.tell(`sluice plugin: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
};

interface Arguments {
  readonly verb: Verb;
  readonly argument: string;
  readonly language: Language;
}

/** The arguments, or what is wrong with them. */
function readArguments(args: readonly string[]): Arguments | string {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: { language: { type: "string" } }, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const [name = "", argument, ...more] = parsed.positionals;
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) return name === "" ? "what shall be done?" : `'${name}' is no part of it`;
  const given = argument ?? verb.otherwise;
  if (given === undefined || more.length > 0) return `${name} takes one argument`;
  const language = LANGUAGES.find((one) => one === (parsed.values.language ?? "typescript"));
  if (language === undefined) return `--language is one of ${LANGUAGES.join(", ")}`;
  return { verb: verb.run, argument: given, language };
}

async function make(folder: string, language: Language, world: SubcommandWorld): Promise<number> {
  const { name, files } = scaffold(folder, language);
  world.print(`${name}, in ${language}:\n${files.map((file) => `  ${folder}/${file}\n`).join("")}`);
  world.print(`Next: sluice plugin build ${folder} && sluice plugin test ${folder}\n`);
  return 0;
}

async function show(file: string, _: Language, world: SubcommandWorld): Promise<number> {
  const { kind, abi, size, sha256, imports, exports } = await inspect(new Uint8Array(readFileSync(file)));
  const list = (names: readonly string[]): string => names.map((name) => `  ${name}\n`).join("");
  world.print(`${file}: ${kind}${abi === undefined ? "" : ` ${abi}`}, ${size} bytes\nsha256: ${sha256}\n`);
  world.print(`imports:\n${list(imports)}exports:\n${list(exports)}`);
  return 0;
}
