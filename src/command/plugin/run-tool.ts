import { spawn } from "node:child_process";

/** Runs a compiler. Rejects with an Error that holds what it wrote when it fails, or that says that it is not there. */
export function runTool(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (bytes: Buffer): void => {
      said = (said + bytes.toString()).slice(-20_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", () => reject(new Error(`${command} could not be run: is it installed?`)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} failed:\n${said.trim()}`))));
  });
}
