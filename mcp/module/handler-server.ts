import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import type { Era } from "../remote/era.ts";
import { HttpDoor } from "../remote/http-door.ts";
import { RemoteEndpoint } from "../remote/remote-endpoint.ts";
import { RemoteServer } from "../remote/remote-server.ts";
import { ToolHeaders } from "../remote/tool-headers.ts";
import { InProcessTransport } from "./in-process-transport.ts";
import type { FetchHandler } from "./sdk-server.ts";
import type { ModuleSettings } from "./settings.ts";

/** What the handler sees as its own address; nothing goes there. */
const URL = "http://localhost/mcp";

const MAX_MESSAGE = 64 * 2 ** 20;

/** A server that answers HTTP requests within this process: a remote one without the network. Without `era`, that is found out. */
export function handlerServer(
  name: string,
  handler: FetchHandler,
  { timeout, maxSessions }: ModuleSettings,
  { clock, log, random }: McpWorld,
  era?: Era,
): McpServer {
  const limits = {
    idle: timeout,
    total: 0,
    pending: 10_000,
    message: MAX_MESSAGE,
    sessions: maxSessions,
    sessionIdle: 300_000,
  };
  const transport = new InProcessTransport(handler);
  const door = new HttpDoor({ name, transport, log, credentials: [], connectTimeout: 0 });
  const tools = new ToolHeaders(name, log);
  const endpoint = new RemoteEndpoint({ ...(era !== undefined && { era }), url: URL, door, clock, limits, tools });
  return new RemoteServer({
    name,
    endpoints: [endpoint],
    loadBalance: "round_robin",
    clock,
    limits,
    random,
    closed: () => void handler.close?.(),
  });
}
