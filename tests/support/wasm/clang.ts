import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why no C can be built for WebAssembly here; undefined when it can. */
export const clangMissing: string | undefined =
  Bun.which("clang") === null || Bun.which("wasm-ld") === null
    ? "clang with lld is not installed, so the tests that need a guest in C are skipped"
    : undefined;

const COMPILE = "--target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin -mbulk-memory -x c -c -";

/** A core module from C. Functions to be exported carry `__attribute__((export_name("…")))`. */
export async function buildC(source: string, flags: readonly string[] = []): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-c-"));
  try {
    const [object, module] = [join(folder, "guest.o"), join(folder, "guest.wasm")];
    await run(["clang", ...COMPILE.split(" "), ...flags, "-o", object], source);
    // Linked apart: clang would run whatever wasm-opt it finds, and some do not know what it was told to use.
    await run(["wasm-ld", "--no-entry", "--strip-all", "-o", module, object], "");
    return await Bun.file(module).bytes();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(command: string[], input: string): Promise<void> {
  const child = Bun.spawn(command, { stdin: new TextEncoder().encode(input), stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${command[0]}: ${errors}`);
}
