/**
 * The golden matrix: for every case and every pair of a client's and a provider's protocol, a file that shows what goes upstream, what comes
 * back, and what was lost. `bun tests/protocols/golden.ts --update` writes them anew; read the difference before committing it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { PROTOCOLS } from "#src/core/protocol.ts";
import { CASES } from "./golden/cases/index.ts";
import type { GoldenCase } from "./golden/case.ts";
import type { Pair } from "./golden/convert.ts";
import { render } from "./golden/render.ts";

const FILES = new URL("../fixtures/golden/", import.meta.url);

/** All pairs of protocols. */
export const PAIRS: readonly Pair[] = PROTOCOLS.flatMap((client) =>
  PROTOCOLS.map((upstream) => ({ client, upstream })),
);

/** Whether a case has anything to show for a pair. */
export function concerns(golden: GoldenCase, { client }: Pair): boolean {
  // A case of requests is one for those who can ask for it.
  return golden.requests === undefined || golden.requests[client] !== undefined;
}

/** The file of a case and a pair, relative to the folder of all. */
export function fileOf({ name }: GoldenCase, { client, upstream }: Pair): string {
  return `${name}/${client}--${upstream}.txt`;
}

export function urlOf(file: string): URL {
  return new URL(file, FILES);
}

/** The files there are. */
export function present(): string[] {
  return readdirSync(FILES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".txt"))
    .sort();
}

function update(): void {
  rmSync(FILES, { recursive: true, force: true });
  for (const golden of CASES) {
    mkdirSync(urlOf(golden.name), { recursive: true });
    for (const pair of PAIRS)
      if (concerns(golden, pair)) writeFileSync(urlOf(fileOf(golden, pair)), render(golden, pair));
  }
}

if (import.meta.main) {
  if (!process.argv.includes("--update")) throw new Error("Say --update to write the golden files anew.");
  update();
}
