import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { checkValue } from "#config/issues.ts";
import { formatPath } from "#config/report.ts";
import { systemClock } from "#src/core/clock.ts";
import type { SubcommandWorld } from "#src/core/subcommand.ts";
import { loaderWorld } from "../loader-world.ts";
import { type PluginCases, pluginCases } from "./cases.ts";
import { differences, runCase } from "./run-case.ts";
import { readManifest } from "./manifest.ts";

/** `sluice plugin test [DIR]`: runs the plugin's cases; the exit code. */
export async function testPlugin(folder: string, world: SubcommandWorld): Promise<number> {
  const { output, tests } = readManifest(folder, world);
  const { config, cases } = readCases(join(folder, tests), world);
  const quiet = { info() {}, warn() {}, error() {} };
  const loader = loaderWorld(world, join(folder, "plugin.yaml"), systemClock, quiet);
  let failed = 0;
  for (const one of cases) {
    const outcome = await runCase(one, { url: `file:${output}`, config }, loader);
    const wrong = differences(one, outcome);
    if (wrong.length > 0) failed++;
    world.print(`${wrong.length === 0 ? "ok" : "FAILED"}  ${one.name}\n${wrong.map((line) => `  ${line}\n`).join("")}`);
  }
  world.print(`${cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function readCases(path: string, world: SubcommandWorld): PluginCases {
  const checked = checkValue(pluginCases, parse(world.readFile(path)));
  if ("data" in checked) return checked.data;
  const problems = checked.problems.map((problem) => `  ${formatPath(problem.path)}: ${problem.message}`);
  throw new Error([`${basename(dirname(path))}/${basename(path)} has problems:`, ...problems].join("\n"));
}
