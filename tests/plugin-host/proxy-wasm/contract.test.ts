import { pluginContract } from "#tests/contracts/plugin.ts";
import { buildAssemblyScript, WASI_SHIM } from "#tests/support/proxy-wasm/assemblyscript.ts";
import { buildRust, rustMissing } from "#tests/support/proxy-wasm/rust.ts";

/** The SDK prints by way of WASI, and wants to give up in its own way. */
const FLAGS = ["--config", WASI_SHIM, "--use", "abort=abort_proc_exit"];

for (const runtime of ["bun", "deno"] as const) {
  pluginContract(
    { name: "Rust for proxy-wasm", build: buildRust, ...(rustMissing === undefined ? {} : { skip: rustMissing }) },
    runtime,
  );
  pluginContract(
    { name: "AssemblyScript for proxy-wasm", build: () => buildAssemblyScript("contract", { flags: FLAGS }) },
    runtime,
  );
}

pluginContract(
  {
    name: "Rust for proxy-wasm, in a process of its own",
    build: buildRust,
    fields: { isolation: "process" },
    ...(rustMissing === undefined ? {} : { skip: rustMissing }),
  },
  "bun",
);
