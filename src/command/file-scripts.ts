import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ScriptSource } from "../plugin-host/loader.ts";

/** Plugins that are scripts of this machine; relative paths start at `base`. */
export function fileScripts(base: string): ScriptSource {
  return {
    resolve: (url) => (url.startsWith("file:///") ? fileURLToPath(url) : resolve(base, url.slice("file:".length))),
    read: (path) => readScript(path),
    // A module is loaded once for each address, so that a changed file needs another one.
    importModule: (path, digest) => import(`${pathToFileURL(path).href}?${digest.slice(0, 16)}`) as Promise<unknown>,
  };
}

async function readScript(path: string): Promise<{ readonly text: string; readonly digest: string }> {
  const bytes = await readFile(path).catch(() => {
    throw new Error(`${path} cannot be read`);
  });
  return { text: bytes.toString("utf8"), digest: createHash("sha256").update(bytes).digest("hex") };
}
