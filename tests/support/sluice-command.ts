import { join } from "node:path";
import { within } from "./until.ts";

const ROOT = join(import.meta.dir, "../..");

/** What a finished command left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sluice` with these arguments to its end, on Bun. */
export async function sluice(...args: readonly string[]): Promise<Finished> {
  const { PATH = "", HOME = "" } = process.env;
  const child = Bun.spawn([process.execPath, join(ROOT, "src/main.ts"), ...args], {
    cwd: ROOT,
    env: { PATH, HOME },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const output = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    const [stdout, stderr, code] = await within(`the end of sluice ${args.join(" ")}`, output);
    return { code, stdout, stderr };
  } finally {
    child.kill("SIGKILL");
  }
}
