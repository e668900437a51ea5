/** Run by Deno, with a component and deeds: what is said of each, twice, as JSON. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { failure } from "./deeds.ts";
import { compiled, hostOf } from "./probe.ts";

const [file = "", ...deeds] = process.argv.slice(2);
const plugin = await compiled(readFileSync(file));
const told: Record<string, readonly string[]> = {};
for (const deed of deeds) {
  const filter = await plugin.configure({ deed, hook: "requestHeaders" }, hostOf());
  told[deed] = [await failure(filter), await failure(filter)];
}
console.log(JSON.stringify(told));
