import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILES = join(import.meta.dir, "../fixtures/tls");

/** A certificate of tests/fixtures/tls. */
export function certificateOf(name: string): { readonly cert: string; readonly key: string } {
  const read = (file: string): string => readFileSync(join(FILES, file), "utf8");
  return { cert: read(`${name}.pem`), key: read(`${name}.key.pem`) };
}

/** The PEM text of an authority of tests/fixtures/tls. */
export function authorityOf(name: string): string {
  return readFileSync(join(FILES, `${name}.pem`), "utf8");
}
