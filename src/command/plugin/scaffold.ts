import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Language } from "./manifest.ts";

/** The name that stands in the templates. */
const TEMPLATE_NAME = "my-plugin";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SDK = join(ROOT, "plugins/sdk");

/** Where the template of a language is, in plugins/sdk. */
const TEMPLATES: Readonly<Record<Language, string>> = {
  typescript: "typescript",
  "component-rust": "rust",
  "component-c": "c",
  "component-typescript": "javascript",
};

/** Makes a plugin in a new folder, named as the folder is. Throws an Error when there is something already. */
export function scaffold(
  folder: string,
  language: Language,
): { readonly name: string; readonly files: readonly string[] } {
  const target = resolve(folder);
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${folder} is not empty`);
  const name = basename(target);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new Error(`'${name}' cannot be a plugin's name: lower case letters, digits and hyphens, as in my-plugin`);
  }
  cpSync(join(SDK, TEMPLATES[language], "template"), target, { recursive: true });
  const files = filesIn(target);
  for (const file of files) rename(join(target, file), name);
  if (language !== "typescript") return { name, files };
  writeFileSync(join(target, "tsconfig.json"), tsconfig());
  return { name, files: [...files, "tsconfig.json"] };
}

/** Where editors and Bun find what the plugin imports: there is nothing to install. */
function tsconfig(): string {
  const paths = { "sluice/plugin": [join(ROOT, "src/core/plugin.ts")], zod: [join(ROOT, "node_modules/zod")] };
  const strict = { strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: true };
  const compilerOptions = { target: "ESNext", module: "Preserve", lib: ["ESNext", "DOM"], ...strict, paths };
  return `${JSON.stringify({ compilerOptions, include: ["src"] }, undefined, 2)}\n`;
}

function filesIn(folder: string, prefix = ""): string[] {
  return readdirSync(join(folder, prefix)).flatMap((entry) => {
    const path = join(prefix, entry);
    return statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path];
  });
}

function rename(file: string, name: string): void {
  const text = readFileSync(file, "utf8");
  if (text.includes(TEMPLATE_NAME)) writeFileSync(file, text.replaceAll(TEMPLATE_NAME, name));
}
