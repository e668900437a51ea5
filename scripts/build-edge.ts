/** Bundles src/edge.ts to one module, dist/edge/worker.js, and tells its size: `bun scripts/build-edge.ts [FOLDER]`. */
import type { BunPlugin } from "bun";
import { gzipSync } from "node:zlib";
import { basename, dirname, join } from "node:path";
import process from "node:process";

const root = join(import.meta.dir, "..");
const outdir = process.argv[2] ?? join(root, "dist/edge");

/** Kinds of MCP servers that need processes, files or sockets: a configuration with one is told so. */
const onMachines: BunPlugin = {
  name: "on machines",
  setup(build) {
    build.onLoad({ filter: /\/mcp\/(?:stdio|module|database)\/create\.ts$/ }, ({ path }) => {
      const message = `MCP servers of kind '${basename(dirname(path))}' do not run on this host.`;
      return { loader: "ts", contents: `export {}; throw new Error(${JSON.stringify(message)});` };
    });
  },
};

const built = await Bun.build({
  entrypoints: [join(root, "src/edge.ts")],
  outdir,
  naming: "worker.js",
  target: "browser",
  format: "esm",
  minify: true,
  plugins: [onMachines],
  throw: false,
});
if (!built.success) {
  for (const message of built.logs) console.error(message.message);
  process.exit(1);
}
const bytes = await Bun.file(join(outdir, "worker.js")).bytes();
const kilobytes = (size: number): string => `${(size / 1024).toFixed(0)} KB`;
console.log(`${join(outdir, "worker.js")}: ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} gzipped`);
