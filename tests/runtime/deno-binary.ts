import { Glob } from "bun";
import { join } from "node:path";

const MODULES = join(import.meta.dir, "../../node_modules/@deno");

/** Deno's own binary. The package's `deno` command wraps it in a Node process, which would not pass a signal on. */
export function denoBinary(): string {
  const [found] = [...new Glob("*/deno{,.exe}").scanSync({ cwd: MODULES, absolute: true })];
  if (found === undefined) throw new Error("Deno is not installed: run `bun install`");
  return found;
}
