import { join } from "node:path";
import { pluginContract } from "#tests/contracts/plugin.ts";
import { componentInJavaScript } from "#tests/support/component/javascript.ts";

const source = join(import.meta.dir, "../../contracts/guests/contract.js");

for (const runtime of ["bun", "deno"] as const) {
  pluginContract(
    {
      name: "JavaScript, as a component with QuickJS",
      build: async () => componentInJavaScript("contract", await Bun.file(source).text()),
    },
    runtime,
  );
}
