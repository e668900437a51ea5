import type { BunPlugin } from "bun";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { EdgePlugin } from "./edge-plugins.ts";
import { type Split, withoutInlineModules } from "./inline-modules.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** What needs processes, files, sockets or a compiler: a configuration that names one is told so. */
const onMachines: BunPlugin = {
  name: "on machines",
  setup(build) {
    build.onLoad({ filter: /\/mcp\/(?:stdio|module|database)\/create\.ts$/ }, ({ path }) =>
      absent(`MCP servers of kind '${basename(dirname(path))}' do not run on this host.`),
    );
    build.onLoad({ filter: /\/plugin-host\/(?:isolated\/isolate|wasm-kind|module-source)\.ts$/ }, () =>
      absent(
        "Plugins that are WebAssembly have to be built into the worker on this host: sluice build --edge --config FILE",
      ),
    );
    // Static modules are the host's to compile.
    build.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true }));
  },
};

function absent(message: string): { loader: "ts"; contents: string } {
  return { loader: "ts", contents: `export {}; throw new Error(${JSON.stringify(message)});` };
}

/** Writes a worker with plugins into a folder; what was written, a line each. Rejects with what the bundler said. */
export async function buildWorker(plugins: readonly EdgePlugin[], output: string): Promise<string[]> {
  const folder = resolve(output);
  mkdirSync(folder, { recursive: true });
  const glue = plugins.map(glueOf);
  const work = mkdtempSync(join(folder, ".build-"));
  try {
    for (const [at, script] of glue.entries()) {
      if (script !== undefined) writeFileSync(join(work, `plugin${at}.js`), script.script);
    }
    writeFileSync(join(work, "worker.ts"), entryOf(plugins));
    await bundle(join(work, "worker.ts"), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const files = plugins.flatMap((plugin, at) => [
    ...modulesOf(plugin).map(([name, bytes]) => [wasmFile(at, name), bytes] as const),
    ...(glue[at]?.files ?? []),
  ]);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const worker = readFileSync(join(folder, "worker.js"));
  return [
    `${join(output, "worker.js")}: ${kilobytes(worker.length)}, ${kilobytes(gzipSync(worker).length)} gzipped`,
    ...files.map(([name, bytes]) => `${join(output, name)}: ${kilobytes(bytes.length)}`),
  ];
}

function kilobytes(size: number): string {
  return `${(size / 1024).toFixed(0)} KB`;
}

async function bundle(entry: string, outdir: string): Promise<void> {
  const built = await Bun.build({
    entrypoints: [entry],
    outdir,
    naming: "worker.js",
    target: "browser",
    format: "esm",
    minify: true,
    plugins: [onMachines],
    throw: false,
  });
  if (!built.success) throw new Error(built.logs.map(({ message }) => message).join("\n"));
}

function wasmFile(plugin: number, module: string): string {
  return `plugin${plugin}.${module.replace(/^plugin\./, "")}`;
}

function modulesOf(plugin: EdgePlugin): readonly (readonly [name: string, bytes: Uint8Array])[] {
  return plugin.kind === "direct" ? [["core.wasm", plugin.module]] : [...plugin.modules];
}

function glueOf(plugin: EdgePlugin, at: number): Split | undefined {
  if (plugin.kind === "direct") return undefined;
  return withoutInlineModules(new TextDecoder().decode(plugin.glue), (index) => wasmFile(at, `glue${index}.wasm`));
}

/** The worker's own module: each plugin's core modules as the host compiles them, and its glue if it has one. */
function entryOf(plugins: readonly EdgePlugin[]): string {
  const imports = plugins.flatMap((plugin, at) => [
    ...(plugin.kind === "glued" ? [`import { instantiate as instantiate${at} } from "./plugin${at}.js";`] : []),
    ...modulesOf(plugin).map(
      ([name], index) => `import module${at}_${index} from ${JSON.stringify(`./${wasmFile(at, name)}`)};`,
    ),
  ]);
  const entries = plugins.map((plugin, at) => `[${JSON.stringify(plugin.url)}, ${compiledAs(plugin, at)}],`);
  return [
    `import { createWorker } from ${JSON.stringify(join(ROOT, "src/edge.ts"))};`,
    ...imports,
    "export default createWorker(new Map([",
    ...entries,
    "]));",
    "",
  ].join("\n");
}

/** What the worker has of a plugin, as the loader takes it. */
function compiledAs(plugin: EdgePlugin, at: number): string {
  const { kind, waits } = plugin;
  if (kind === "direct") return `{ kind: "direct", waits: ${waits}, module: module${at}_0 }`;
  const named = modulesOf(plugin).map(([name], index) => `[${JSON.stringify(name)}, module${at}_${index}]`);
  return `{ kind: "glued", waits: ${waits}, modules: new Map([${named.join(", ")}]), instantiate: instantiate${at} }`;
}
