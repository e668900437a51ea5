import { spawn } from "node:child_process";
import { join } from "node:path";
import { Lines } from "#tests/support/lines.ts";
import { within } from "#tests/support/until.ts";

/** What eras the fixture server comes in. */
export type Era = "legacy" | "modern";

/** A fixture server as a process; with `await using` it ends with the test. */
export interface Everything extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the fixture server of an era on a free port, or the one given. */
export async function startEverything(era: Era, port = 0): Promise<Everything> {
  const main = join(import.meta.dir, `${era}-main.ts`);
  const child = spawn(process.execPath, [main, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  void exited.then(() => process.removeListener("exit", kill));
  const stop = async (): Promise<void> => {
    kill();
    await within("the fixture server's end", exited);
  };
  const lines = new Lines(child.stdout);
  const url = await lines.find("the fixture server's address", (line) => /^listening on (\S+)/.exec(line)?.[1]);
  return { url, pid: child.pid ?? -1, stop, [Symbol.asyncDispose]: stop };
}
