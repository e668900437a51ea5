import { join } from "node:path";
import { pluginContract } from "#tests/contracts/plugin.ts";
import { componentInRust, rustMissing } from "#tests/support/component/rust.ts";

const source = join(import.meta.dir, "../../contracts/guests/contract.rs");

for (const runtime of ["bun", "deno", "workerd"] as const) {
  pluginContract(
    {
      name: "Rust, as a component",
      build: async () => componentInRust("contract", await Bun.file(source).text()),
      ...(rustMissing === undefined ? {} : { skip: rustMissing }),
    },
    runtime,
  );
}
