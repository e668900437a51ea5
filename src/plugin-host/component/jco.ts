import type * as component from "@bytecodealliance/jco-transpile/component";
import type * as tools from "@bytecodealliance/jco-transpile/wasm-tools";

/** What is missing where only the gateway's own packages are installed: jco brings some hundred megabytes. */
const MISSING =
  "jco is not installed, which components of several modules (QuickJS) and building components need: run 'bun install' in Sluice's folder once";

type Bindgen = Pick<typeof component, "generate">;
type WasmTools = Pick<typeof tools, "componentEmbed" | "componentNew">;

/**
 * Jco's compiler. Imported only where there is something for it. The package's main module would bring native code, which Deno asks leave
 * for. Rejects with an Error that says what to do when it is not there.
 */
export async function bindgen(): Promise<Bindgen> {
  const module = await import("@bytecodealliance/jco-transpile/component").catch(missing);
  await module.$init;
  return module;
}

/** Jco's tools that make components of core modules. Rejects as {@link bindgen} does. */
export async function wasmTools(): Promise<WasmTools> {
  return import("@bytecodealliance/jco-transpile/wasm-tools").catch(missing);
}

function missing(cause: unknown): never {
  throw new Error(MISSING, { cause });
}
