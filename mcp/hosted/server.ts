import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpServer, ServerDescription, Subscription } from "#src/core/mcp/server.ts";
import { type HostedTool, unknownTool } from "#src/core/mcp/tool.ts";
import { pagesOf } from "./pages.ts";
import { Runner } from "./runner.ts";

/** What a server of hosted tools is made of. */
export interface HostedServerOptions {
  readonly name: string;
  /** `1.0.0` when left out. */
  readonly version?: string;
  readonly title?: string;
  readonly description?: string;
  readonly instructions?: string;
  /** Shown in this order. Throws when two have the same name. */
  readonly tools: readonly HostedTool[];
  /** Ends what the tools hold. */
  close?(): Promise<void>;
}

/** A server of tools that the gateway runs itself. Throws an Error for tools that cannot be shown together. */
export function createHostedServer(options: HostedServerOptions): McpServer {
  const runners = indexed(options.tools);
  const pages = pagesOf(options.tools.map(({ definition }) => definition));
  const description = descriptionOf(options);
  return {
    describe: () => description,
    handle(request, call) {
      if (request.method === "tools/call") return toolOf(request, runners).run(argsOf(request), call);
      if (request.method === "tools/list") return pages.page(request.params["cursor"]);
      throw new McpError(ERROR_CODES.methodNotFound, `This server has no '${request.method}'.`);
    },
    listen: async () => SILENT,
    close: async () => options.close?.(),
  };
}

/** Its tools are those of the configuration: a change makes another server. */
const SILENT: Subscription = { honoured: {}, close() {} };

function indexed(tools: readonly HostedTool[]): ReadonlyMap<string, Runner> {
  const runners = new Map<string, Runner>();
  for (const tool of tools) {
    const { name } = tool.definition;
    if (runners.has(name)) throw new Error(`There are two tools named '${name}'.`);
    runners.set(name, new Runner(tool));
  }
  return runners;
}

function descriptionOf({
  name,
  version = "1.0.0",
  title,
  description,
  instructions,
}: HostedServerOptions): ServerDescription {
  const serverInfo: JsonObject = { name, version };
  if (title !== undefined) serverInfo["title"] = title;
  if (description !== undefined) serverInfo["description"] = description;
  return {
    capabilities: { tools: { listChanged: true } },
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
  };
}

function toolOf({ params }: McpRequest, runners: ReadonlyMap<string, Runner>): Runner {
  const { name } = params;
  const runner = typeof name === "string" ? runners.get(name) : undefined;
  if (runner !== undefined) return runner;
  if (typeof name === "string") throw unknownTool(name);
  throw new McpError(ERROR_CODES.invalidParams, "A tools/call needs the tool's 'name'.");
}

function argsOf({ params }: McpRequest): JsonObject {
  const args = params["arguments"] ?? {};
  if (isObject(args)) return args;
  throw new McpError(ERROR_CODES.invalidParams, "The 'arguments' of a tools/call must be an object.");
}
