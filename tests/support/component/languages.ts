import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { join } from "node:path";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { buildC } from "#tests/support/wasm/clang.ts";
import { builtOnce } from "./built.ts";

const ROOT = join(import.meta.dir, "../../..");
const SDK_C = join(ROOT, "plugins/sdk/c");

/** A component around a core module that keeps to the canonical ABI. */
export async function componentOf(core: Uint8Array): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ world: "plugin", witSource: witText(), binary: core }));
}

/** The path of a component in C. */
export async function componentInC(name: string, source: string): Promise<string> {
  const header = await Bun.file(join(SDK_C, "sluice.h")).text();
  return builtOnce(`${name}-c`, [source, header, witText()], async () =>
    componentOf(await buildC(source, [`-I${SDK_C}`])),
  );
}
