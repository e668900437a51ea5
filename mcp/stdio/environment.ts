import { statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import type { StdioSettings } from "./settings.ts";

/** The bits of a mode that let somebody run the file. Whether we may is left to the system: to ask it takes another right on Deno. */
const ANYBODY_RUNS = 0o111;

type Environment = Readonly<Record<string, string | undefined>>;

/** The whole environment of a process: what it inherits by name, and what the configuration says. */
export function environmentOf(
  { env, inheritEnv }: Pick<StdioSettings, "env" | "inheritEnv">,
  own: Environment,
): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const name of inheritEnv) {
    const value = own[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, ...env };
}

/** The file that a command names. Throws an Error when there is none that can be run. */
export function executableOf(command: string, { PATH = "" }: Environment, cwd: string): string {
  if (command.includes("/")) {
    const path = resolve(cwd, command);
    if (isExecutable(path)) return path;
    throw new Error(`'${command}' is no file that can be run (looked for it in ${cwd}).`);
  }
  for (const folder of PATH.split(delimiter)) {
    const path = resolve(cwd, folder, command);
    if (folder !== "" && isExecutable(path)) return path;
  }
  throw new Error(`'${command}' is not on the PATH; name it with its whole path, or install it.`);
}

function isExecutable(path: string): boolean {
  try {
    const status = statSync(path);
    return status.isFile() && (status.mode & ANYBODY_RUNS) !== 0;
  } catch {
    return false;
  }
}
