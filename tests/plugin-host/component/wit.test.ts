import { expect, test } from "bun:test";
import { join } from "node:path";
import { witText } from "#src/plugin-host/component/wit-text.ts";

test("plugin.wit is the world that guests are called by (`bun run wit` writes it anew)", async () => {
  const file = join(import.meta.dir, "../../../src/plugin-host/plugin.wit");
  expect(await Bun.file(file).text()).toBe(witText());
});
