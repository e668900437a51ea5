import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { componentInRust as build, rustCompiler } from "#src/command/plugin/build-component.ts";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { builtOnce, fromText } from "./built.ts";

const SDK = join(import.meta.dir, "../../../plugins/sdk/rust/src");

/** Why no Rust can be built for WebAssembly here; undefined when it can. */
export const rustMissing: string | undefined =
  rustCompiler() === undefined
    ? "rustc with wasm32-unknown-unknown is not installed (Debian: rustc, libstd-rust-dev-wasm32), so the tests that need a guest in Rust are skipped"
    : undefined;

/** The path of a component in Rust, with the SDK. */
export async function componentInRust(name: string, source: string): Promise<string> {
  const sdk = readdirSync(SDK)
    .sort()
    .map((file) => readFileSync(join(SDK, file), "utf8"));
  return builtOnce(`${name}-rust`, [source, ...sdk, witText()], () => fromText("guest.rs", source, build));
}
