import { parseArgs } from "node:util";
import type { Subcommand } from "#src/core/subcommand.ts";
import { buildWorker } from "./build-worker.ts";
import { pluginsIn } from "./edge-plugins.ts";

const OPTIONS = {
  edge: { type: "boolean", default: false },
  config: { type: "string", short: "c" },
  output: { type: "string", short: "o", default: "dist/edge" },
} as const;

const USAGE = `  sluice build --edge [--config FILE] [--output FOLDER]
      Writes a worker for hosts that cannot compile at run time: worker.js, and
      the components that the configuration's plugins name, as .wasm beside it.
`;

/** `sluice build --edge`. */
export const buildCommand: Subcommand = {
  name: "build",
  usage: USAGE,
  async run(args, world) {
    let values;
    try {
      ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
    } catch (error) {
      world.tell(`sluice build: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
      return 2;
    }
    const { edge, config, output } = values;
    if (!edge) {
      world.tell(`sluice build: what for? --edge is all there is\n\n${USAGE}`);
      return 2;
    }
    try {
      const plugins = config === undefined ? [] : await pluginsIn(config, world);
      for (const line of await buildWorker(plugins, output)) world.print(`${line}\n`);
      return 0;
    } catch (error) {
      world.tell(`sluice build: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
};
