import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createHash } from "node:crypto";

const CACHE = join(import.meta.dir, "../../../node_modules/.cache/sluice-components");

/** The path of a component that is built once for each of its sources: compilers take seconds. */
export async function builtOnce(
  name: string,
  sources: readonly string[],
  build: () => Promise<Uint8Array>,
): Promise<string> {
  const digest = createHash("sha256").update(JSON.stringify(sources)).digest("hex").slice(0, 16);
  const path = join(CACHE, `${name}-${digest}.wasm`);
  if (await Bun.file(path).exists()) return path;
  const bytes = await build();
  await mkdir(CACHE, { recursive: true });
  // Another test file may be writing the same.
  const written = `${path}.${process.pid}`;
  await Bun.write(written, bytes);
  await rename(written, path);
  return path;
}

/** What is built of a text as if it stood in a file. */
export async function fromText(
  file: string,
  text: string,
  build: (path: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-guest-"));
  try {
    await Bun.write(join(folder, file), text);
    return await build(join(folder, file));
  } finally {
    await rm(folder, { recursive: true });
  }
}
