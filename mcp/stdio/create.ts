import { statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { LinkedServer } from "../linked/linked-server.ts";
import { OwnLinks } from "../linked/own-links.ts";
import { SharedLink } from "../linked/shared-link.ts";
import { GATEWAY_INFO } from "../remote/gateway-info.ts";
import { environmentOf, executableOf } from "./environment.ts";
import { ErrorOutput, secretsOf } from "./error-output.ts";
import { processOpener } from "./open-process.ts";
import { ProcessLink } from "./process-link.ts";
import type { StdioSettings } from "./settings.ts";

/** What a process for all may ask: of each client only what it can answer. Their folders (`roots`) are not the process' to see. */
const ASKABLE = { sampling: { tools: {}, context: {} }, elicitation: { form: {}, url: {} } };

/** What of the messages to a process may wait for it to read, in characters. */
const MAX_UNREAD = 64 * 2 ** 20;

/** Makes a server of local processes; none is started yet. Throws an Error that says what in the settings cannot be used. */
export function createStdioServer(name: string, settings: StdioSettings, world: McpWorld): McpServer {
  if (process.platform === "win32") throw new Error("Servers of kind stdio need a POSIX system.");
  const { clock } = world;
  const { mode, era, restart, idleStop, startTimeout, timeout, maxPending, maxProcesses } = settings;
  const open = processOpener({
    start: starterOf(name, settings, world),
    clock,
    limits: { idle: timeout, total: 0, pending: maxPending },
    startTimeout,
    era: era === "auto" ? undefined : era,
  });
  const client = { capabilities: ASKABLE, info: GATEWAY_INFO, shared: true };
  return new LinkedServer(
    new SharedLink({ name, open, client, clock, restart, idleStop }),
    mode === "session" ? new OwnLinks({ name, open, info: GATEWAY_INFO, most: maxProcesses }) : undefined,
  );
}

/** Starts one process. */
function starterOf(name: string, settings: StdioSettings, world: McpWorld): () => ProcessLink {
  const { clock, log } = world;
  const cwd = resolve(world.resolvePath(settings.cwd ?? "."));
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`cwd '${cwd}' is no folder.`);
  const env = environmentOf(settings, process.env);
  const options = {
    command: executableOf(settings.command, env, cwd),
    args: settings.args,
    env,
    cwd,
    clock,
    grace: settings.stopGrace,
    maxLine: settings.maxMessageSize,
    maxUnread: MAX_UNREAD,
  };
  const output = new ErrorOutput(name, secretsOf(settings.env), log, clock);
  return () => new ProcessLink(options, { errors: settings.stderr === "log" ? output : undefined, own: output });
}
