/** Writes the world of component plugins as WIT: `bun run wit`. */
import { join } from "node:path";
import { witText } from "#src/plugin-host/component/wit-text.ts";

await Bun.write(join(import.meta.dir, "../src/plugin-host/plugin.wit"), witText());
