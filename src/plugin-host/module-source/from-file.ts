import { failureDetail } from "../../core/fetch-failure.ts";
import { checkedModule, type LoadedModule, type Loading } from "./loading.ts";

/** Reads a file. `file:` may be followed by a relative path. */
export async function loadFile({ reference, folder, maxBytes }: Loading): Promise<LoadedModule> {
  const { readFile, stat } = await import("node:fs/promises");
  const path = await pathOf(reference.url, folder);
  let size: number;
  try {
    size = (await stat(path)).size;
  } catch (error) {
    const code = failureDetail(error);
    throw new Error(code === "ENOENT" ? "there is no such file." : `it cannot be read (${code}).`, { cause: error });
  }
  if (size > maxBytes) throw new Error(`it has ${size} bytes, and ${maxBytes} are allowed.`);
  return checkedModule(new Uint8Array(await readFile(path)), reference.sha256);
}

async function pathOf(url: string, folder: string): Promise<string> {
  const { resolve } = await import("node:path");
  const { fileURLToPath, pathToFileURL } = await import("node:url");
  const rest = url.replace(/^file:/i, "");
  if (!rest.startsWith("/")) return resolve(folder, decodeURIComponent(rest));
  return fileURLToPath(new URL(url, pathToFileURL("/")));
}
