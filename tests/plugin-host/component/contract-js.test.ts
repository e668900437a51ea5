import { join } from "node:path";
import { pluginContract } from "#tests/contracts/plugin.ts";
import { componentInJavaScript } from "#tests/support/component/javascript.ts";

const file = join(import.meta.dir, "../../contracts/guests/contract.js");
const source = await Bun.file(file).text();

for (const runtime of ["bun", "deno", "workerd"] as const) {
  pluginContract(
    { name: "JavaScript, as a component with QuickJS", build: () => componentInJavaScript("contract", source) },
    runtime,
  );
}

/** Without the import that waits it is built for the world where nothing does. */
const local = source.replace(/^import \{ http \}.*$/m, 'const http = () => { throw new Error("Nobody is asked."); };');

pluginContract(
  {
    name: "JavaScript, as a component with QuickJS that waits for nobody",
    build: () => componentInJavaScript("contract-local", local),
    waits: false,
  },
  "bun",
);
