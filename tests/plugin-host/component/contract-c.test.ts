import { join } from "node:path";
import { pluginContract } from "#tests/contracts/plugin.ts";
import { componentInC } from "#tests/support/component/c.ts";
import { clangMissing } from "#tests/support/wasm/clang.ts";

const source = join(import.meta.dir, "../../contracts/guests/contract.c");

for (const runtime of ["bun", "deno", "workerd"] as const) {
  pluginContract(
    {
      name: "C, as a component",
      build: async () => componentInC("contract", await Bun.file(source).text()),
      ...(clangMissing === undefined ? {} : { skip: clangMissing }),
    },
    runtime,
  );
}
