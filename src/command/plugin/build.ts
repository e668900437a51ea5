import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SubcommandWorld } from "#src/core/subcommand.ts";
import { componentInC, componentInRust, componentInTypeScript, written } from "./build-component.ts";
import { bundleScript } from "./build-script.ts";
import { type Language, type Manifest, readManifest } from "./manifest.ts";

/** Builds what a manifest names. Rejects with an Error that holds what the compiler said. */
type Builder = (folder: string, manifest: Manifest) => Promise<void>;

const BUILDERS: Readonly<Record<Language, Builder>> = {
  typescript: bundleScript,
  "component-rust": written(componentInRust),
  "component-c": written(componentInC),
  "component-typescript": written(componentInTypeScript),
};

/** `sluice plugin build [DIR]`; the exit code. */
export async function buildPlugin(folder: string, world: SubcommandWorld): Promise<number> {
  const manifest = readManifest(folder, world);
  await BUILDERS[manifest.language](resolve(folder), manifest);
  const { size } = statSync(join(folder, manifest.output));
  world.print(`${join(folder, manifest.output)}: ${size} bytes\n`);
  return 0;
}
