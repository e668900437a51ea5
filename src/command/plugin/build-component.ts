import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { interfaceName, WAITING } from "#src/plugin-host/component/world.ts";
import { wasmTools } from "#src/plugin-host/component/jco.ts";
import { runTool } from "./run-tool.ts";

/** What is built of one source; the component. Each rejects with an Error that holds what the compiler said. */
export type ComponentBuilder = (source: string) => Promise<Uint8Array>;

const SDK = fileURLToPath(new URL("../../../plugins/sdk", import.meta.url));
const WIT = fileURLToPath(new URL("../../plugin-host/plugin.wit", import.meta.url));

const CLANG = "--target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin -mbulk-memory -c";
const RUST_TARGET = "wasm32-unknown-unknown";
const RUSTC = `--edition=2021 --target=${RUST_TARGET} -C opt-level=3 -C panic=abort`;

/** A component of one source of C, with clang and lld. */
export const componentInC: ComponentBuilder = (source) =>
  inFolder(async (folder) => {
    const [object, module] = [join(folder, "plugin.o"), join(folder, "plugin.wasm")];
    await runTool("clang", [...CLANG.split(" "), `-I${join(SDK, "c")}`, source, "-o", object], folder);
    // Linked apart: clang would run whatever wasm-opt it finds, and some do not know what it was told to use.
    await runTool("wasm-ld", ["--no-entry", "--strip-all", "-o", module, object], folder);
    return componentOf(await readFile(module));
  });

/** The first compiler of Rust that has the standard library for WebAssembly; Debian's is asked too. */
export function rustCompiler(): string | undefined {
  return ["rustc", "/usr/bin/rustc"].find((compiler) => {
    const { status, stdout } = spawnSync(compiler, ["--print", "target-libdir", "--target", RUST_TARGET]);
    const folder = status === 0 ? stdout.toString().trim() : "";
    return existsSync(folder) && readdirSync(folder).some((file) => file.startsWith("libstd-"));
  });
}

/** A component of one crate of Rust without dependencies but the SDK. */
export const componentInRust: ComponentBuilder = (source) =>
  inFolder(async (folder) => {
    const compiler = rustCompiler();
    if (compiler === undefined) {
      throw new Error(
        `there is no rustc with ${RUST_TARGET} (rustup target add ${RUST_TARGET}; Debian: rustc, libstd-rust-dev-wasm32)`,
      );
    }
    const [library, core] = [join(folder, "libsluice_plugin.rlib"), join(folder, "plugin.wasm")];
    const sdk = [join(SDK, "rust/src/lib.rs"), "--crate-type=rlib", "--crate-name=sluice_plugin", "-o", library];
    await runTool(compiler, [...RUSTC.split(" "), ...sdk], folder);
    const linked = ["--crate-type=cdylib", "-C", "lto=yes", "-C", "link-arg=--strip-all", "-o", core];
    await runTool(compiler, [...RUSTC.split(" "), source, ...linked, "--extern", `sluice_plugin=${library}`], folder);
    return componentOf(await readFile(core));
  });

/** A component of a module of TypeScript or JavaScript and what it imports, with QuickJS around it and nothing of WASI. */
export const componentInTypeScript: ComponentBuilder = (source) =>
  inFolder(async (folder) => {
    if (process.versions.bun === undefined) throw new Error("modules are bundled by Bun: run this command on it");
    const bundle = join(folder, "plugin.js");
    const args = [
      "build",
      source,
      "--outfile",
      bundle,
      "--target",
      "browser",
      "--format",
      "esm",
      "--external",
      "sluice:*",
    ];
    await runTool(process.execPath, args, folder);
    const qjs = await quickJs();
    const jsSource = await readFile(bundle, "utf8");
    const { component } = await qjs.componentize({
      witPath: WIT,
      world: worldOf(jsSource),
      jsSource,
      stubWasi: true,
      sync: true,
    });
    return component;
  });

/** All of a world is imported by what QuickJS runs, so that a module that waits for nobody has one where nothing waits. */
function worldOf(module: string): "plugin" | "local" {
  return [...WAITING].some((name) => module.includes(`"${interfaceName(name)}"`)) ? "plugin" : "local";
}

/** What is used of the package. */
interface QuickJs {
  componentize(options: {
    readonly witPath: string;
    readonly world: string;
    readonly jsSource: string;
    readonly stubWasi: boolean;
    readonly sync: boolean;
  }): Promise<{ readonly component: Uint8Array }>;
}

async function quickJs(): Promise<QuickJs> {
  try {
    return await import("componentize-qjs");
  } catch {
    throw new Error("componentize-qjs is not installed: it comes with Sluice's development packages ('bun install')");
  }
}

/** A component around a core module that keeps to the canonical ABI. */
async function componentOf(core: Uint8Array): Promise<Uint8Array> {
  const { componentEmbed, componentNew } = await wasmTools();
  return componentNew(await componentEmbed({ world: "plugin", witSource: witText(), binary: core }));
}

async function inFolder(work: (folder: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-plugin-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes what `builder` makes of a manifest's source. */
export function written(builder: ComponentBuilder) {
  return async (
    folder: string,
    { source, output }: { readonly source: string; readonly output: string },
  ): Promise<void> => writeFile(join(folder, output), await builder(join(folder, source)));
}
