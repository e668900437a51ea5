import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { built } from "./built.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What `-O` makes is small; `_initialize` is what reactors are started by. */
const FLAGS = ["-O", "--runtime", "incremental", "--exportStart", "_initialize"];

/** A guest from a file of AssemblyScript in tests/fixtures/proxy-wasm. */
export async function buildAssemblyScript(
  name: string,
  flags: readonly string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const source = await Bun.file(`${ROOT}tests/fixtures/proxy-wasm/${name}.assemblyscript`).text();
  const { version }: { version: string } = await Bun.file(`${ROOT}node_modules/assemblyscript/package.json`).json();
  const all = [...FLAGS, ...flags];
  return built(name, [source, version, ...all], () => compile(source, all));
}

/** By the compiler's own command: its types would change what arrays are for everybody here. */
async function compile(source: string, flags: readonly string[]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-as-"));
  try {
    await Bun.write(join(folder, "guest.ts"), source);
    const asc = [
      process.execPath,
      `${ROOT}node_modules/assemblyscript/bin/asc.js`,
      "guest.ts",
      "--outFile",
      "guest.wasm",
    ];
    const child = Bun.spawn([...asc, "--path", `${ROOT}node_modules`, ...flags], {
      cwd: folder,
      stdout: "ignore",
      stderr: "pipe",
    });
    const said = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(`asc: ${said}`);
    return await Bun.file(join(folder, "guest.wasm")).bytes();
  } finally {
    await rm(folder, { recursive: true });
  }
}
