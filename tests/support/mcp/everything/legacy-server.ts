import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type LoggingLevel,
  LoggingLevelSchema,
  McpError,
  ReadResourceRequestSchema,
  ResultSchema,
  type ServerNotification,
  type ServerRequest,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, type McpRequest } from "#src/core/mcp/messages.ts";
import { PROMPTS } from "./prompts.ts";
import { completion, contentsOf, RESOURCES, TEMPLATES } from "./resources.ts";
import { TOOLS } from "./tools.ts";
import type { Changed, Turn } from "./turn.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

/** The least important first. */
const LEVELS: readonly LoggingLevel[] = LoggingLevelSchema.options;

/** The fixture server for one session, on the SDK of the session era. */
export function createLegacyServer(): Server {
  const server = new Server({ name: "everything-legacy", version: "1.0.0" }, { capabilities: CAPABILITIES });
  const watched = new Set<string>();
  let level: LoggingLevel = "debug";
  const isLoud = (one: LoggingLevel): boolean => LEVELS.indexOf(one) >= LEVELS.indexOf(level);
  const turn = (extra: Extra): Turn => turnOf({ server, watched, isLoud }, extra);
  server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    level = params.level;
    return {};
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map((tool) => tool.definition) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = TOOLS.find(({ definition }) => definition.name === params.name);
    if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, `There is no tool ${params.name}.`);
    return tool.call(json(params.arguments), turn(extra));
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: PROMPTS.map((one) => one.definition) }));
  server.setRequestHandler(GetPromptRequestSchema, async ({ params }, extra) => {
    const prompt = PROMPTS.find(({ definition }) => definition.name === params.name);
    if (prompt === undefined) throw new McpError(ErrorCode.InvalidParams, `There is no prompt ${params.name}.`);
    return prompt.get(json(params.arguments), turn(extra));
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [...RESOURCES] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...TEMPLATES] }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const contents = contentsOf(uri);
    if (contents === undefined) throw new McpError(ERROR_CODES.resourceNotFound, "Resource not found", { uri });
    return { contents: [contents] };
  });
  server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    watched.add(params.uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    watched.delete(params.uri);
    return {};
  });
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({ completion: completion(params.argument.value) }));
  return server;
}

/** One client's session. */
interface Session {
  readonly server: Server;
  /** What the client subscribes to. */
  readonly watched: ReadonlySet<string>;
  /** Whether the client wants to hear of this level. */
  readonly isLoud: (level: LoggingLevel) => boolean;
}

function turnOf({ server, watched, isLoud }: Session, extra: Extra): Turn {
  const token = extra._meta?.progressToken;
  return {
    capabilities: json(server.getClientCapabilities()),
    signal: extra.signal,
    async progress(progress, total) {
      if (token === undefined) return;
      await extra.sendNotification({
        method: "notifications/progress",
        params: { progressToken: token, progress, total },
      });
    },
    async log(level, data) {
      const params = { level: LoggingLevelSchema.parse(level), data };
      // On the request's own stream: the server's own `sendLoggingMessage` takes the standing one.
      if (isLoud(params.level)) await extra.sendNotification({ method: "notifications/message", params });
    },
    async ask(questions) {
      const asked = Object.entries(questions).map(
        async ([key, question]) => [key, await ask(extra, question)] as const,
      );
      return Object.fromEntries(await Promise.all(asked));
    },
    changed: (what) => tell(server, watched, what),
    dropStream: () => extra.closeSSEStream?.(),
  };
}

async function ask(extra: Extra, { method, params }: McpRequest): Promise<JsonObject> {
  const request = { method, params } as unknown as ServerRequest;
  return json(await extra.sendRequest(request, ResultSchema));
}

async function tell(server: Server, watched: ReadonlySet<string>, what: Changed): Promise<void> {
  if (what === "tools") await server.sendToolListChanged();
  else if (what === "prompts") await server.sendPromptListChanged();
  else if (what === "resources") await server.sendResourceListChanged();
  else if (watched.has(what.resource)) await server.sendResourceUpdated({ uri: what.resource });
}

function json(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
