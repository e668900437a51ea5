/** What a subcommand may use of the machine. */
export interface SubcommandWorld {
  /** Throws when there is no such file. */
  readFile(path: string): string;
  /** Makes the folders that are not there yet. */
  writeFile(path: string, text: string): void;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** What was asked for. */
  print(text: string): void;
  /** What is told beside it. */
  tell(text: string): void;
}

/** A command of the command line that does its work and ends, without a gateway: `sluice openapi-to-mcp`. */
export interface Subcommand {
  readonly name: string;
  /** Its part of `--help`, indented as the others are. */
  readonly usage: string;
  /** `args` is what stands behind its name. Answers the exit code: 0, 1 for what could not be done, 2 for what was not understood. */
  run(args: readonly string[], world: SubcommandWorld): Promise<number>;
}
