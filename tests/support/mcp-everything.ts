import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer, SubscriptionFilter } from "#src/core/mcp/server.ts";

/** A server that does a little of everything, told what to do by its tools' names. */
export class EverythingServer implements McpServer {
  readonly listeners: Map<McpCall, SubscriptionFilter> = new Map();
  readonly endedSessions: string[] = [];
  readonly notifications: McpNotification[] = [];
  readonly aborted: string[] = [];
  closed = false;
  readonly #tools: readonly string[];

  constructor(tools: readonly string[] = ["say", "progress", "ask", "stateless-ask", "hang"]) {
    this.#tools = tools;
  }

  describe(): { capabilities: JsonObject; serverInfo: JsonObject; instructions: string } {
    return {
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
      serverInfo: { name: "everything", version: "1" },
      instructions: "Call anything.",
    };
  }

  handle({ method, params }: McpRequest, call: McpCall): JsonObject | Promise<JsonObject> {
    if (method === "tools/list") {
      const tools = this.#tools.map((name) => ({ name, title: "T", inputSchema: { type: "object" } }));
      return { tools, ttlMs: 1000, cacheScope: "public" };
    }
    if (method === "tools/call") return this.#call(params, call);
    throw new McpError(ERROR_CODES.methodNotFound, `There is no '${method}' here.`);
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<{ honoured: SubscriptionFilter; close(): void }> {
    this.listeners.set(call, filter);
    const { resourceSubscriptions } = filter;
    const honoured = resourceSubscriptions === undefined ? {} : { resourceSubscriptions };
    return { honoured, close: () => void this.listeners.delete(call) };
  }

  async notified(notification: McpNotification): Promise<void> {
    this.notifications.push(notification);
  }

  async endSession({ id }: { readonly id: string }): Promise<void> {
    this.endedSessions.push(id);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** Tells everybody who listens. */
  tell(notification: McpNotification): void {
    for (const call of this.listeners.keys()) call.notify(notification);
  }

  #call(params: JsonObject, call: McpCall): JsonObject | Promise<JsonObject> {
    const { name, arguments: args = {} } = params;
    if (name === "say") return text(isObject(args) ? args["text"] : "");
    if (name === "progress") return progress(params, call);
    if (name === "ask") return asked(call);
    if (name === "stateless-ask") return statelessAsk(params);
    return new Promise((_resolve, reject) =>
      call.signal.addEventListener("abort", () => {
        this.aborted.push(call.caller.subject);
        reject(new Error("aborted"));
      }),
    );
  }
}

function text(value: JsonObject[string] | undefined): JsonObject {
  return { content: [{ type: "text", text: typeof value === "string" ? value : "" }] };
}

async function progress({ _meta: meta }: JsonObject, call: McpCall): Promise<JsonObject> {
  const progressToken = isObject(meta) ? (meta["progressToken"] ?? null) : null;
  for (const step of [1, 2, 3]) {
    call.notify({ method: "notifications/progress", params: { progressToken, progress: step, total: 3 } });
    await Promise.resolve();
  }
  return text("done");
}

const QUESTION = {
  method: "elicitation/create",
  params: {
    mode: "form",
    message: "Who?",
    requestedSchema: { type: "object", properties: { name: { type: "string" } } },
  },
};

async function asked(call: McpCall): Promise<JsonObject> {
  const answers = await Promise.all([call.ask(QUESTION), call.ask({ method: "roots/list", params: {} })]);
  return text(JSON.stringify(answers));
}

/** Asks as a server of the stateless era does. */
function statelessAsk({ inputResponses, requestState }: JsonObject): JsonObject {
  if (!isObject(inputResponses))
    return { resultType: "input_required", inputRequests: { who: QUESTION }, requestState: "the server's own" };
  return text(JSON.stringify([inputResponses["who"], requestState]));
}
