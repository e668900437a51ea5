import { mkdir, rename } from "node:fs/promises";

/** Where guests are kept, and what tools keep for building them. */
export const CACHE: string = new URL("../../../node_modules/.cache/sluice-guests/", import.meta.url).pathname;

/** The file of what `build` makes of a source, kept until the source, or what it is built with, changes. */
export async function built(name: string, made: readonly string[], build: () => Promise<Uint8Array>): Promise<string> {
  const digest = new Bun.CryptoHasher("sha256").update(made.join("\0")).digest("hex");
  const path = `${CACHE}${name}-${digest}.wasm`;
  if (await Bun.file(path).exists()) return path;
  const bytes = await build();
  await mkdir(CACHE, { recursive: true });
  // Tests of several files may build the same.
  const draft = `${path}.${process.pid}`;
  await Bun.write(draft, bytes);
  await rename(draft, path);
  return path;
}
