import process from "node:process";
import type { Host } from "./core/host.ts";
import { parseCommand, USAGE } from "./command/arguments.ts";
import { fileSource } from "./command/config-source.ts";
import { runGateway } from "./command/run.ts";
import { registry } from "./registry.ts";
import manifest from "../package.json" with { type: "json" };

/** Does what the command line asks for. `argv` is what stands behind the program's name. */
export async function runCommand(host: Host, argv: readonly string[]): Promise<void> {
  const command = parseCommand(argv);
  switch (command.name) {
    case "help":
      process.stdout.write(USAGE);
      return;
    case "version":
      process.stdout.write(`sluice ${manifest.version}\n`);
      return;
    case "wrong":
      process.stderr.write(`sluice: ${command.problem}\n\n${USAGE}`);
      process.exitCode = 2;
      return;
    case "check":
      return check(command.file);
    case "gateway":
      return runGateway(host, command);
  }
}

function check(file: string): void {
  const loaded = fileSource(file, process.env, registry)();
  if (loaded.ok) {
    const { providers, routes, services } = loaded.config;
    process.stdout.write(
      `${file} is good: ${providers.length} providers, ${services.length} services, ${routes.length} routes.\n`,
    );
    return;
  }
  process.stderr.write(`${loaded.problems.join("\n")}\n`);
  process.exitCode = 1;
}
