import process from "node:process";
import type { Host } from "./core/host.ts";
import type { Subcommand } from "./core/subcommand.ts";
import { parseCommand, usageOf } from "./command/arguments.ts";
import { fileSource } from "./command/config-source.ts";
import { subcommandWorld } from "./command/subcommand-world.ts";
import { runGateway } from "./command/run.ts";
import { registry } from "./registry.ts";
import manifest from "../package.json" with { type: "json" };

/** Does what the command line asks for. `argv` is what stands behind the program's name; `subcommands` are its commands beside its own. */
export async function runCommand(
  host: Host,
  argv: readonly string[],
  subcommands: readonly Subcommand[],
): Promise<void> {
  const command = parseCommand(argv, subcommands);
  switch (command.name) {
    case "help":
      process.stdout.write(usageOf(subcommands));
      return;
    case "version":
      process.stdout.write(`sluice ${manifest.version}\n`);
      return;
    case "wrong":
      process.stderr.write(`sluice: ${command.problem}\n\n${usageOf(subcommands)}`);
      process.exitCode = 2;
      return;
    case "check":
      return check(command.file);
    case "subcommand":
      process.exitCode = await command.subcommand.run(command.args, subcommandWorld(host));
      return;
    case "gateway":
      return runGateway(host, command);
  }
}

function check(file: string): void {
  const loaded = fileSource(file, process.env, registry)();
  if (loaded.ok) {
    const { providers, routes, services, mcpServers, plugins } = loaded.config;
    process.stdout.write(
      `${file} is good: ${providers.length} providers, ${services.length} services, ${routes.length} routes, ${mcpServers.length} MCP servers, ${plugins.length} plugins.\n`,
    );
    return;
  }
  process.stderr.write(`${loaded.problems.join("\n")}\n`);
  process.exitCode = 1;
}
