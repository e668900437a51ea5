import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ModuleSource } from "../plugin-host/loader.ts";

/** Plugins that are files of this machine. `configFile`: where relative paths start. */
export function fileModules(configFile: string | undefined): ModuleSource {
  const base = configFile === undefined ? process.cwd() : dirname(configFile);
  return {
    resolve: (url) => (url.startsWith("file:///") ? fileURLToPath(url) : resolve(base, url.slice("file:".length))),
    read: (path) => readModule(path),
    // A module is loaded once for each address, so that a changed file needs another one.
    importModule: (path, digest) => import(`${pathToFileURL(path).href}?${digest.slice(0, 16)}`) as Promise<unknown>,
  };
}

async function readModule(path: string): Promise<{ readonly text: string; readonly digest: string }> {
  const bytes = await readFile(path).catch(() => {
    throw new Error(`${path} cannot be read`);
  });
  return { text: bytes.toString("utf8"), digest: createHash("sha256").update(bytes).digest("hex") };
}
