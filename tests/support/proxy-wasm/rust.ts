import { existsSync } from "node:fs";
import { built, CACHE } from "./built.ts";

const FOLDER = new URL("../../fixtures/proxy-wasm/rust/", import.meta.url).pathname;
const TARGET = "wasm32-wasip1";
const SOURCES = ["src/lib.rs", "Cargo.toml", "Cargo.lock"];

/** Why no Rust can be built for WebAssembly here; undefined when it can. */
export const rustMissing: string | undefined = missing();

/** The file of the guest in tests/fixtures/proxy-wasm/rust. */
export async function buildRust(): Promise<string> {
  const sources = await Promise.all(SOURCES.map((file) => Bun.file(FOLDER + file).text()));
  return built("contract-rust", sources, async () => {
    const child = Bun.spawn(["cargo", "build", "--quiet", "--locked", "--release", "--target", TARGET], {
      cwd: FOLDER,
      env: { ...process.env, CARGO_TARGET_DIR: `${CACHE}cargo` },
      stderr: "pipe",
    });
    const said = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(`cargo: ${said}`);
    return Bun.file(`${CACHE}cargo/${TARGET}/release/contract.wasm`).bytes();
  });
}

function missing(): string | undefined {
  if (Bun.which("cargo") === null) return "cargo is not installed";
  const { stdout } = Bun.spawnSync(["rustc", "--print", "sysroot"], { stderr: "ignore" });
  const library = `${stdout.toString().trim()}/lib/rustlib/${TARGET}`;
  return existsSync(library) ? undefined : `Rust has no standard library for ${TARGET} here`;
}
