import {
  type CallToolResult,
  createRequestStateCodec,
  fromJsonSchema,
  type GetPromptResult,
  type InputRequiredResult,
  isSpecType,
  McpServer,
  ProtocolError,
  type ServerContext,
  type ServerNotifier,
} from "@modelcontextprotocol/server";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, META } from "#src/core/mcp/messages.ts";
import { PROMPTS } from "./prompts.ts";
import { completion, contentsOf, RESOURCES, TEMPLATES } from "./resources.ts";
import { TOOLS } from "./tools.ts";
import type { Changed, Questions, Turn } from "./turn.ts";

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

/** The answers of earlier rounds, by the question's name. */
type Answers = Readonly<Record<string, JsonObject>>;

const state = createRequestStateCodec<Answers>({ key: crypto.getRandomValues(new Uint8Array(32)) });

/** Ends a run that lacks answers; the client's retry begins it anew. */
class Unanswered extends Error {
  readonly questions: Questions;
  readonly answers: Answers;

  constructor(questions: Questions, answers: Answers) {
    super("The client has to answer first.");
    this.questions = questions;
    this.answers = answers;
  }
}

/** The fixture server for one request, on the SDK of the newest revision. `notify` tells open subscriptions. */
export function createModernServer(notify: ServerNotifier): McpServer {
  const mcp = new McpServer(
    { name: "everything-modern", version: "1.0.0" },
    { capabilities: CAPABILITIES, requestState: { verify: (sealed, ctx) => state.verify(sealed, ctx) } },
  );
  for (const tool of TOOLS) {
    const { name, description, inputSchema, outputSchema } = tool.definition;
    mcp.registerTool(
      name,
      {
        description,
        inputSchema: fromJsonSchema(inputSchema),
        ...(isObject(outputSchema) && { outputSchema: fromJsonSchema(outputSchema) }),
      },
      async (args, ctx) =>
        (await answered(ctx, notify, (turn) => tool.call(json(args), turn))) as CallToolResult | InputRequiredResult,
    );
  }
  const { server } = mcp;
  server.setRequestHandler("prompts/list", () => ({ prompts: PROMPTS.map((one) => one.definition) }));
  server.setRequestHandler("prompts/get", async ({ params }, ctx) => {
    const prompt = PROMPTS.find(({ definition }) => definition.name === params.name);
    if (prompt === undefined) throw new ProtocolError(ERROR_CODES.invalidParams, `There is no prompt ${params.name}.`);
    const result = await answered(ctx, notify, (turn) => prompt.get(json(params.arguments), turn));
    return result as GetPromptResult | InputRequiredResult;
  });
  server.setRequestHandler("resources/list", () => ({ resources: [...RESOURCES] }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [...TEMPLATES],
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    const contents = contentsOf(uri);
    if (contents === undefined) throw new ProtocolError(ERROR_CODES.invalidParams, "Resource not found", { uri });
    return { contents: [contents] };
  });
  server.setRequestHandler("completion/complete", ({ params }) => ({ completion: completion(params.argument.value) }));
  return mcp;
}

/** Runs with the answers that came along; what it still asks becomes the result. */
async function answered(
  ctx: ServerContext,
  notify: ServerNotifier,
  run: (turn: Turn) => Promise<JsonObject> | JsonObject,
): Promise<JsonObject | InputRequiredResult> {
  try {
    return await run(turnOf(ctx, notify));
  } catch (problem) {
    if (!(problem instanceof Unanswered)) throw problem;
    const { questions, answers } = problem;
    return {
      resultType: "input_required",
      inputRequests: questions as NonNullable<InputRequiredResult["inputRequests"]>,
      requestState: await state.mint(answers),
    };
  }
}

function turnOf(ctx: ServerContext, notify: ServerNotifier): Turn {
  const { mcpReq } = ctx;
  const token = mcpReq._meta?.progressToken;
  const answers: Answers = { ...mcpReq.requestState<Answers>(), ...newAnswers(mcpReq.inputResponses) };
  return {
    capabilities: json(json(mcpReq.envelope)[META.clientCapabilities]),
    signal: mcpReq.signal,
    async progress(progress, total) {
      if (token === undefined) return;
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken: token, progress, total } });
    },
    async log(level, data) {
      if (isSpecType.LoggingLevel(level)) await mcpReq.log(level, data);
    },
    async ask(questions) {
      const open = Object.entries(questions).filter(([key]) => answers[key] === undefined);
      if (open.length > 0) throw new Unanswered(Object.fromEntries(open), answers);
      return answers;
    },
    changed: async (what) => tell(notify, what),
    dropStream() {},
  };
}

function newAnswers(responses: Readonly<Record<string, unknown>> | undefined): Answers {
  return Object.fromEntries(Object.entries(responses ?? {}).map(([key, value]) => [key, json(value)]));
}

function tell(notify: ServerNotifier, what: Changed): void {
  if (what === "tools") notify.toolsChanged();
  else if (what === "prompts") notify.promptsChanged();
  else if (what === "resources") notify.resourcesChanged();
  else notify.resourceUpdated(what.resource);
}

function json(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
