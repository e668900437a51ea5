import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a plugin's process is started. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

const FILE = "process-main.ts";

/**
 * The process's command in the gateway's own runtime; on Deno with the right to read the gateway's code, and no other. Throws an Error where there can be
 * no processes.
 */
export function processCommand(): Command {
  const { bun, deno } = process.versions ?? {};
  const script = URL.parse(FILE, import.meta.url);
  if ((bun === undefined && deno === undefined) || script?.protocol !== "file:") {
    throw new Error("'isolation: process' needs a host with processes, Bun or Deno; leave it out here.");
  }
  const path = fileURLToPath(script);
  if (deno === undefined) return { command: process.execPath, args: [path] };
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  return {
    command: process.execPath,
    args: ["run", "--quiet", "--no-prompt", `--config=${root}deno.json`, `--allow-read=${root}`, path],
  };
}
