#!/usr/bin/env bun
import { bunHost } from "./serve/bun.ts";
import { liftFetchLimit } from "./serve/bun-fetch-limit.ts";

liftFetchLimit();
// Loaded only now: a process that is about to replace itself should not read the whole gateway first.
const { runCommand } = await import("./command.ts");
const { openapiToMcp } = await import("#mcp/openapi/command.ts");
const { pluginCommand } = await import("./command/plugin/command.ts");
const { convertCommand } = await import("./command/convert/command.ts");
const { explainCommand } = await import("./command/explain/command.ts");
const { bootstrapEnvoy } = await import("./command/bootstrap-envoy.ts");
const { buildCommand } = await import("./command/edge/command.ts");
await runCommand(bunHost, process.argv.slice(2), [
  openapiToMcp,
  explainCommand,
  convertCommand,
  pluginCommand,
  bootstrapEnvoy,
  buildCommand,
]);
