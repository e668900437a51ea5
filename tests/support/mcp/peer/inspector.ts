import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "#src/core/json.ts";
import { object } from "./peer.ts";

const INSPECTOR = join(
  import.meta.dir,
  "../../../../node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js",
);

/** Runs the inspector's command line once and reads what it prints. Rejects with its words when it fails. */
export async function inspect(
  url: string,
  transport: "http" | "sse",
  method: string,
  ...args: readonly string[]
): Promise<JsonObject> {
  // It keeps its settings in the home folder.
  const home = await mkdtemp(join(tmpdir(), "sluice-inspector-"));
  try {
    const child = Bun.spawn([process.execPath, INSPECTOR, url, "--transport", transport, "--method", method, ...args], {
      env: { PATH: process.env.PATH ?? "", HOME: home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`the inspector ended with ${code}: ${stdout}${stderr}`);
    return object(JSON.parse(stdout));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
