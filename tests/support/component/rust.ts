import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { witText } from "#src/plugin-host/component/wit-text.ts";
import { builtOnce } from "./built.ts";
import { componentOf } from "./languages.ts";

const SDK = join(import.meta.dir, "../../../plugins/sdk/rust/src");
const TARGET = "wasm32-unknown-unknown";

/** A compiler that has the standard library for WebAssembly: the first on the PATH, or Debian's. */
const compiler: string | undefined = ["rustc", "/usr/bin/rustc"].find(hasTarget);

/** Why no Rust can be built for WebAssembly here; undefined when it can. */
export const rustMissing: string | undefined =
  compiler === undefined
    ? `rustc with ${TARGET} is not installed (Debian: rustc, libstd-rust-dev-wasm32), so the tests that need a guest in Rust are skipped`
    : undefined;

function hasTarget(program: string): boolean {
  if (Bun.which(program) === null) return false;
  const { stdout } = Bun.spawnSync([program, "--print", "target-libdir", "--target", TARGET]);
  const folder = stdout.toString().trim();
  return existsSync(folder) && readdirSync(folder).some((file) => file.startsWith("libstd-"));
}

/** The path of a component in Rust, with the SDK. */
export async function componentInRust(name: string, source: string): Promise<string> {
  const sdk = readdirSync(SDK)
    .sort()
    .map((file) => readFileSync(join(SDK, file), "utf8"));
  return builtOnce(`${name}-rust`, [source, ...sdk, witText()], async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-rust-"));
    try {
      const library = join(folder, "libsluice_plugin.rlib");
      await compile([join(SDK, "lib.rs"), "--crate-type=rlib", "--crate-name=sluice_plugin", "-o", library]);
      const [file, core] = [join(folder, "guest.rs"), join(folder, "guest.wasm")];
      await Bun.write(file, source);
      const linked = ["--crate-type=cdylib", "-C", "lto=yes", "-C", "link-arg=--strip-all"];
      await compile([file, ...linked, "--extern", `sluice_plugin=${library}`, "-o", core]);
      return await componentOf(await Bun.file(core).bytes());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

async function compile(args: readonly string[]): Promise<void> {
  const common = ["--edition=2021", `--target=${TARGET}`, "-C", "opt-level=3", "-C", "panic=abort", "-D", "warnings"];
  const child = Bun.spawn([compiler ?? "rustc", ...common, ...args], { stdout: "ignore", stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(errors);
}
