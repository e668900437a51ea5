/** Writes docs/protocol-matrix.md anew: `bun tests/protocols/matrix.ts --update`. */
import { writeFileSync } from "node:fs";
import { matrixPage } from "./matrix/page.ts";

/** Where the page is. */
export const PAGE: URL = new URL("../../docs/protocol-matrix.md", import.meta.url);

if (import.meta.main) {
  if (!process.argv.includes("--update")) throw new Error("Say --update to write the page anew.");
  writeFileSync(PAGE, matrixPage());
}
