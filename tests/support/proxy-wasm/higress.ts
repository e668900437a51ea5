import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";

/** Where .ci/run puts what Higress' users have published, unchanged. */
const FOLDER = new URL("../../../node_modules/.cache/higress-plugins/", import.meta.url).pathname;

/** Why no plugin of Higress' can be run here; undefined when they are there. */
export const higressPluginsMissing: string | undefined = existsSync(FOLDER)
  ? undefined
  : "the published plugins of Higress' are not here (see .ci/run), so the tests with them are skipped";

/** A plugin's module as it was published. */
export async function higressPlugin(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const [version] = await readdir(`${FOLDER}${name}`);
  return Bun.file(`${FOLDER}${name}/${version}/plugin.wasm`).bytes();
}
