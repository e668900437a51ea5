import process from "node:process";
import { openapiToMcp } from "#mcp/openapi/command.ts";
import { bootstrapEnvoy } from "./command/bootstrap-envoy.ts";
import { convertCommand } from "./command/convert/command.ts";
import { explainCommand } from "./command/explain/command.ts";
import { pluginCommand } from "./command/plugin/command.ts";
import { runCommand } from "./command.ts";
import { nodeHost } from "./serve/node.ts";

// Without this Deno's fetch writes the upstream's own name over the client's Host.
const client = Deno.createHttpClient({ allowHost: true });
const host = nodeHost("deno", (url, init) => fetch(url, { ...init, client } as RequestInit));

await runCommand(host, process.argv.slice(2), [
  openapiToMcp,
  explainCommand,
  convertCommand,
  pluginCommand,
  bootstrapEnvoy,
]);
