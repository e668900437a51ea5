import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { Host } from "../core/host.ts";
import type { SubcommandWorld } from "../core/subcommand.ts";

/** The machine as a subcommand sees it. */
export function subcommandWorld(host: Host): SubcommandWorld {
  return {
    readFile: (path) => readFileSync(path, "utf8"),
    writeFile(path, text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    },
    fetch: (url, init) => host.fetch(url, init),
    print: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
  };
}
