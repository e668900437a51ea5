/** Bundles src/edge.ts to one module, dist/edge/worker.js, and tells its size: `bun scripts/build-edge.ts [FOLDER]`. */
import process from "node:process";
import { buildWorker } from "#src/command/edge/build-worker.ts";

for (const line of await buildWorker([], process.argv[2] ?? "dist/edge")) console.log(line);
