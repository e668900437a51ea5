import { mkdir, rename } from "node:fs/promises";

const CACHE = new URL("../../../node_modules/.cache/sluice-guests/", import.meta.url).pathname;

/** What `build` makes of a source, kept until the source, or what it is built with, changes. */
export async function built(
  name: string,
  made: readonly string[],
  build: () => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const digest = new Bun.CryptoHasher("sha256").update(made.join("\0")).digest("hex");
  const kept = Bun.file(`${CACHE}${name}-${digest}.wasm`);
  if (await kept.exists()) return kept.bytes();
  const bytes = await build();
  await mkdir(CACHE, { recursive: true });
  // Tests of several files may build the same.
  const draft = `${CACHE}${name}-${digest}.${process.pid}`;
  await Bun.write(draft, bytes);
  await rename(draft, `${CACHE}${name}-${digest}.wasm`);
  return new Uint8Array(bytes);
}
