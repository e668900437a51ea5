import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { type BootstrapOptions, envoyBootstrap } from "../control/xds/bootstrap.ts";
import type { Subcommand, SubcommandWorld } from "../core/subcommand.ts";

const OPTIONS = {
  xds: { type: "string", multiple: true },
  "node-id": { type: "string" },
  cluster: { type: "string" },
  metadata: { type: "string", multiple: true },
  region: { type: "string" },
  zone: { type: "string" },
  admin: { type: "string" },
  sotw: { type: "boolean" },
  "token-file": { type: "string" },
  ca: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  "server-name": { type: "string" },
  "max-connections": { type: "string" },
  json: { type: "boolean" },
} as const;

const XDS_PORT = 15_010;
const MAX_CONNECTIONS = 50_000;

/** `sluice bootstrap-envoy`: the file an Envoy starts with. */
export const bootstrapEnvoy: Subcommand = {
  name: "bootstrap-envoy",
  usage: `  sluice bootstrap-envoy [--xds HOST:PORT]... [--node-id ID] [--cluster NAME] [--metadata KEY=VALUE]...
      [--region NAME] [--zone NAME] [--admin HOST:PORT] [--token-file FILE]
      [--ca FILE [--cert FILE --key FILE] [--server-name NAME]] [--sotw] [--max-connections N] [--json]
      Prints the bootstrap of an Envoy that gets everything else from Sluice's xDS server.
      Certificates are named as Envoy finds them; the token is read now and is part of
      what is printed.
`,
  run(args, world) {
    const options = readOptions(args, world);
    if (typeof options === "string") {
      world.tell(`sluice bootstrap-envoy: ${options}\n`);
      return Promise.resolve(2);
    }
    const bootstrap = envoyBootstrap(options);
    world.print(args.includes("--json") ? `${JSON.stringify(bootstrap, undefined, 2)}\n` : stringify(bootstrap));
    return Promise.resolve(0);
  },
};

/** The options, or what is wrong with them. */
function readOptions(args: readonly string[], world: SubcommandWorld): BootstrapOptions | string {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options: OPTIONS }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const servers = (values.xds ?? [`127.0.0.1:${XDS_PORT}`]).map((written) => readAddress(written, XDS_PORT));
  const admin = readAddress(values.admin ?? "127.0.0.1:9901", 9901);
  const metadata = (values.metadata ?? []).map((written) => /^([^=]+)=(.*)$/s.exec(written));
  const maxConnections = Number(values["max-connections"] ?? MAX_CONNECTIONS);
  const [first] = servers;
  if (first === undefined || servers.includes(undefined) || admin === undefined)
    return "--xds and --admin are HOST:PORT, as in 127.0.0.1:15010";
  if (metadata.includes(null)) return "--metadata is KEY=VALUE";
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1)
    return "--max-connections is a number of connections";
  const { ca, cert, key, region, zone } = values;
  const token = readToken(values["token-file"], world);
  if (typeof token === "object") return token.problem;
  if ((cert === undefined) !== (key === undefined)) return "--cert and --key go together";
  if (ca === undefined && (cert ?? values["server-name"]) !== undefined)
    return "--cert, --key and --server-name need --ca, by which the server is known";
  return {
    node: {
      id: values["node-id"] ?? hostname(),
      cluster: values.cluster ?? "sluice-envoy",
      metadata: Object.fromEntries(metadata.map((match) => [match?.[1] ?? "", match?.[2] ?? ""])),
      ...(region === undefined ? {} : { region }),
      ...(zone === undefined ? {} : { zone }),
    },
    servers: servers.filter((server) => server !== undefined),
    admin,
    protocol: values.sotw === true ? "sotw" : "delta",
    maxConnections,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined
      ? {}
      : {
          tls: {
            ca,
            serverName: values["server-name"] ?? first.host,
            ...(cert === undefined || key === undefined ? {} : { client: { cert, key } }),
          },
        }),
  };
}

function readToken(
  file: string | undefined,
  world: SubcommandWorld,
): string | { readonly problem: string } | undefined {
  if (file === undefined) return undefined;
  try {
    const token = world.readFile(file).trim();
    // Envoy would take a % for the begin of a command.
    return /^[!-$&-~]+$/.test(token)
      ? token
      : { problem: `${file} holds no token that Envoy can send: it is empty, or has blanks or a % in it` };
  } catch {
    return { problem: `${file} cannot be read` };
  }
}

function readAddress(written: string, usual: number): { readonly host: string; readonly port: number } | undefined {
  const [, v6, name, port = String(usual)] = /^(?:\[([\da-f:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/i.exec(written) ?? [];
  const host = v6 ?? name;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}
