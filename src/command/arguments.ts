import { parseArgs } from "node:util";
import type { Subcommand } from "../core/subcommand.ts";

/** What the command line asks for. */
export type Command =
  | { readonly name: "help" }
  | { readonly name: "version" }
  | { readonly name: "check"; readonly file: string }
  | {
      readonly name: "gateway";
      readonly file: string | undefined;
      /** Folders of Kubernetes objects. */
      readonly resources: readonly string[];
      /** Kubernetes objects are read from an API server. */
      readonly kube: boolean;
      /** How it is reached; by the environment when left out. */
      readonly kubeconfig: string | undefined;
      readonly host: string | undefined;
      readonly port: number | undefined;
      readonly adminPort: number | undefined;
    }
  | { readonly name: "subcommand"; readonly subcommand: Subcommand; readonly args: readonly string[] }
  | { readonly name: "wrong"; readonly problem: string };

/** What `--help` prints. */
export function usageOf(subcommands: readonly Subcommand[]): string {
  return [HEAD, ...subcommands.map(({ usage }) => usage), TAIL].join("");
}

const HEAD = `Sluice, an AI gateway.

  sluice [gateway] [--config FILE] [--resources DIR | --kube] [--host ADDRESS] [--port N] [--admin-port N]
      Runs the gateway. Without a file, providers come from the environment
      (OPENAI_API_KEY, ANTHROPIC_API_KEY, ...); without keys, an echo answers.
      --resources reads Kubernetes objects (Ingresses, Gateway API, Higress' kinds)
      from the YAML files below DIR, and what changes there.
      --kube [--kubeconfig FILE] reads them from an API server.
  sluice check FILE
      Checks a configuration without starting anything.
`;

const TAIL = `  sluice --help | --version

  --host and --port replace those of the first listener; port 0 picks a free one.
  SIGHUP, a changed file or POST /reload on the admin listener reload the file.
`;

const OPTIONS = {
  config: { type: "string", short: "c" },
  resources: { type: "string", multiple: true },
  kube: { type: "boolean" },
  kubeconfig: { type: "string" },
  host: { type: "string" },
  port: { type: "string", short: "p" },
  "admin-port": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

/** Reads the arguments behind the program's name. A subcommand reads those behind its own. */
export function parseCommand(argv: readonly string[], subcommands: readonly Subcommand[] = []): Command {
  const subcommand = subcommands.find((one) => one.name === argv[0]);
  if (subcommand !== undefined) return { name: "subcommand", subcommand, args: argv.slice(1) };
  let parsed;
  try {
    parsed = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { name: "wrong", problem: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { name: "help" };
  if (values.version === true) return { name: "version" };
  const [name = "gateway", ...rest] = positionals;
  if (name === "check") {
    const file = rest[0] ?? values.config;
    if (file === undefined || rest.length > 1) return { name: "wrong", problem: "check takes one file" };
    return { name: "check", file };
  }
  if (name !== "gateway") return { name: "wrong", problem: `'${name}' is no command` };
  if (rest.length > 0) return { name: "wrong", problem: `'${rest[0]}' is too much; a file is given with --config` };
  const port = portOf(values.port, "--port");
  const adminPort = portOf(values["admin-port"], "--admin-port");
  if (typeof port === "string") return { name: "wrong", problem: port };
  if (typeof adminPort === "string") return { name: "wrong", problem: adminPort };
  const { config: file, resources = [], kubeconfig, host } = values;
  const kube = values.kube ?? kubeconfig !== undefined;
  return { name, file, resources, kube, kubeconfig, host, port, adminPort };
}

/** A port, undefined when none was given, or what is wrong with it. */
function portOf(text: string | undefined, option: string): number | string | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  return /^\d+$/.test(text) && port <= 65_535 ? port : `${option} takes a number from 0 to 65535, not '${text}'`;
}
