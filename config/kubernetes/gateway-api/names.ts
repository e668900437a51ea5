import { createHash } from "node:crypto";

/** What names of the native configuration may be long. */
const LONGEST = 200;

/** A name that fits: what is too long ends in a digest of the whole, so that it stays the only one of its kind. */
export function bounded(name: string): string {
  if (name.length <= LONGEST) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${name.slice(0, LONGEST - digest.length - 1)}~${digest}`;
}
