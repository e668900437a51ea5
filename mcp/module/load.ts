import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { ModuleSettings } from "./settings.ts";

/** The module's export. Throws an Error that says what is wrong with the file. */
export async function loadExport(settings: ModuleSettings, world: McpWorld): Promise<unknown> {
  const { file, export: name } = settings;
  const path = resolve(world.resolvePath(file));
  // Read by the configuration's own reader, which watches what it has read.
  const loaded = await imported(file, path, world.readFile(file));
  const value = loaded[name];
  if (value !== undefined) return value;
  const others = Object.keys(loaded).join(", ") || "nothing";
  throw new Error(
    `${file} has no ${name === "default" ? "default export" : `export '${name}'`}; it exports ${others}.`,
  );
}

/** A file that has changed is another module to the runtime; one that has not stays the one that is loaded. */
async function imported(file: string, path: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const mark = `?content=${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  // Bun looks at what follows a path, and not at what follows a file's URL; Deno takes only URLs.
  const specifier = process.versions["bun"] === undefined ? pathToFileURL(path).href + mark : path + mark;
  try {
    return (await import(specifier)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
}

/** The first line of what the runtime says, without the mark of the content. */
function reasonOf(error: unknown): string {
  const first = error instanceof Error ? error : error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return message.replace(/\?content=[0-9a-f]{16}/g, "").split("\n")[0]!;
}

/** What is used of the SDK's version 2. */
export interface ModernSdk {
  createMcpHandler(factory: (context: never) => unknown, options: { readonly legacy: "reject" }): unknown;
}

const SDK = "@modelcontextprotocol/server";

/** The copy of the SDK that the file itself imports. Throws an Error when there is none. */
export async function modernSdkBeside(path: string): Promise<ModernSdk> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const home = join(folder, "node_modules", SDK);
    if (existsSync(join(home, "package.json"))) return sdkIn(home);
    if (folder === dirname(folder)) break;
  }
  throw new Error(`${path} makes a server of ${SDK}, which is in no node_modules folder beside or above it.`);
}

async function sdkIn(home: string): Promise<ModernSdk> {
  const manifest: unknown = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const entry = at(manifest, "exports", ".", "import", "default");
  if (typeof entry !== "string") throw new Error(`The ${SDK} in ${home} has no entry for imports.`);
  const sdk: unknown = await import(pathToFileURL(join(home, entry)).href);
  if (isModernSdk(sdk)) return sdk;
  throw new Error(`The ${SDK} in ${home} has no createMcpHandler.`);
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function isModernSdk(sdk: unknown): sdk is ModernSdk {
  return typeof at(sdk, "createMcpHandler") === "function";
}
