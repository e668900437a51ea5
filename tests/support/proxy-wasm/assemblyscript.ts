import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { relative } from "node:path";
import type { AbiVersion } from "#src/plugin-host/proxy-wasm/abi.ts";
import { built, CACHE } from "./built.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** The compiler's settings for modules that print or ask for the time. */
export const WASI_SHIM = "node_modules/@assemblyscript/wasi-shim/asconfig.json";

/** `_initialize` is what reactors are started by. */
const FLAGS = ["--runtime", "incremental", "--exportStart", "_initialize"];

/** How a guest is built other than usual. */
interface BuildOptions {
  readonly flags?: readonly string[];
  /** The version that it says it is of, in place of Higress'. */
  readonly abi?: AbiVersion;
}

/** The file of a guest from one of AssemblyScript in tests/fixtures/proxy-wasm. */
export async function buildAssemblyScript(name: string, { flags = [], abi }: BuildOptions = {}): Promise<string> {
  const written = await Bun.file(`${ROOT}tests/fixtures/proxy-wasm/${name}.assemblyscript`).text();
  const source = abi === undefined ? written : written.replace("proxy_abi_version_0_2_100", abi);
  const { version }: { version: string } = await Bun.file(`${ROOT}node_modules/assemblyscript/package.json`).json();
  const all = [...FLAGS, ...flags];
  return built(name, [source, version, ...all], () => compile(source, all));
}

/** By the compiler's own command: its types would change what arrays are for everybody here. It knows only paths under its folder. */
async function compile(source: string, flags: readonly string[]): Promise<Uint8Array> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(`${CACHE}as-`);
  const path = relative(ROOT, folder);
  try {
    await Bun.write(`${folder}/guest.ts`, source);
    const asc = [process.execPath, "node_modules/assemblyscript/bin/asc.js", `${path}/guest.ts`];
    const child = Bun.spawn([...asc, "--outFile", `${path}/guest.wasm`, ...flags], {
      cwd: ROOT,
      stdout: "ignore",
      stderr: "pipe",
    });
    const said = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(`asc: ${said}`);
    return await Bun.file(`${folder}/guest.wasm`).bytes();
  } finally {
    await rm(folder, { recursive: true });
  }
}
