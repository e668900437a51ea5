import { join } from "node:path";
import process from "node:process";
import type { Manifest } from "./manifest.ts";
import { runTool } from "./run-tool.ts";

/** Bundles a module of TypeScript and what it imports into one file. */
export async function bundleScript(folder: string, { source, output }: Manifest): Promise<void> {
  if (process.versions.bun === undefined) throw new Error("modules are bundled by Bun: run this command on it");
  const args = ["build", join(folder, source), "--outfile", join(folder, output), "--target", "bun", "--format", "esm"];
  await runTool(process.execPath, args, folder);
}
