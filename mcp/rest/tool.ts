import type { JsonObject } from "#src/core/json.ts";
import { NetworkRefusal } from "#src/core/network/target.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { HostedTool, ToolDefinition, ToolResult } from "#src/core/mcp/tool.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";
import { signInResult } from "../auth/upstream/user/sign-in-required.ts";
import { errorResult, textResult } from "../hosted/results.ts";
import { coercionOf, inputSchemaOf } from "./args.ts";
import { ArgumentError } from "./argument-error.ts";
import { CallCancellation, CallTimeout } from "./cancellation.ts";
import { authorizationOf, CredentialError } from "./credentials.ts";
import { AnswerTooLarge, type ApiAnswer, exchange } from "./exchange.ts";
import type { RestServer, RestTool } from "./format.ts";
import { spreadPlan } from "./request.ts";
import { resultPlan, shownOutputSchema } from "./result.ts";
import { concealed } from "./conceal.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import type { TemplateContext } from "./template/run.ts";
import { compileTemplate } from "./template/template.ts";
import { authorizeUpstream, isWorthAnother } from "./upstream-exchange.ts";
import { TemplateError } from "./template/value.ts";

/** Milliseconds a call may take when the document does not say. */
const TIMEOUT = 30_000;

/** One tool of a document. Throws an Error that says what in it cannot be used. */
export function restTool(
  tool: RestTool,
  server: RestServer,
  world: McpWorld,
  upstream?: UpstreamCredentials,
): HostedTool {
  const prepare = coercionOf(tool);
  const asksNobody = (tool.requestTemplate?.url ?? "") === "";
  return {
    definition: definitionOf(tool),
    ...(prepare !== undefined && { prepare }),
    call: asksNobody ? directCall(tool, server, world) : apiCall(tool, server, world, upstream),
  };
}

function definitionOf(tool: RestTool): ToolDefinition {
  const { name, description, annotations, outputSchema } = tool;
  return {
    name,
    ...(description !== undefined && { description }),
    inputSchema: inputSchemaOf(tool),
    ...(outputSchema !== undefined &&
      Object.keys(outputSchema).length > 0 && { outputSchema: shownOutputSchema(outputSchema) }),
    ...(annotations !== undefined && { annotations }),
  };
}

type Call = HostedTool["call"];

/** A tool that answers from its arguments alone. */
function directCall(tool: RestTool, server: RestServer, world: McpWorld): Call {
  const source = tool.responseTemplate?.body ?? "";
  if (source === "") throw new Error("a tool without requestTemplate.url needs a responseTemplate.body");
  const template = compileTemplate(source);
  const dataOf = templateData(server);
  const structured = Object.keys(tool.outputSchema ?? {}).length > 0;
  return (args, call) => {
    try {
      const text = template.render(dataOf(args, call), contextOf(call, world));
      const node = structured ? JsonNode.parse(text) : undefined;
      const result = textResult(text === "" ? "success" : text);
      return node?.kind === "object" ? { ...result, structuredContent: JSON.parse(text) as JsonObject } : result;
    } catch (error) {
      return failure(error, tool);
    }
  };
}

/** A tool that asks an API. */
function apiCall(tool: RestTool, server: RestServer, world: McpWorld, upstream: UpstreamCredentials | undefined): Call {
  const plan = spreadPlan(tool, server.baseUrl);
  const authorize = authorizationOf(server, tool);
  const resultOf = resultPlan(tool);
  const dataOf = templateData(server);
  const timeout = server.timeout ?? TIMEOUT;
  return async (args, call): Promise<ToolResult> => {
    let credentials: readonly string[] = [];
    try {
      const context = contextOf(call, world);
      const request = plan(args, dataOf(args, call), context);
      credentials = authorize(request, call.headers);
      const send = async (): Promise<ApiAnswer> => {
        // Before the time limit: a user may have to sign in first.
        if (upstream !== undefined)
          credentials = [...credentials, ...(await authorizeUpstream(request, upstream, call))];
        const cancellation = new CallCancellation(call.signal, world.clock, timeout);
        try {
          return await exchange(world.transport, request, cancellation);
        } finally {
          cancellation.release();
        }
      };
      let answer = await send();
      if (upstream !== undefined && (await isWorthAnother(answer, request.headers, upstream, call)))
        answer = await send();
      return concealed(resultOf(answer, context), credentials);
    } catch (error) {
      if (call.signal.aborted) throw error;
      if (error instanceof McpError) return orSignIn(error);
      if (!isTold(error))
        world.log.warn(`The tool '${tool.name}' failed.`, { error: concealed(String(error), credentials) });
      return concealed(failure(error, tool), credentials);
    }
  };
}

/** Failures whose words are for the model. */
const TOLD = [ArgumentError, CredentialError, CallTimeout, AnswerTooLarge, TemplateError];

function isTold(error: unknown): boolean {
  return TOLD.some((kind) => error instanceof kind);
}

/** A model reads results, not errors: a link for its user goes there. */
function orSignIn(error: McpError): ToolResult {
  const result = signInResult(error);
  if (result !== undefined) return result;
  throw error;
}

function failure(error: unknown, { name }: RestTool): ToolResult {
  if (error instanceof TemplateError) return errorResult(`A template of the tool '${name}' failed: ${error.message}.`);
  if (error instanceof Error && isTold(error)) return errorResult(error.message);
  if (error instanceof NetworkRefusal)
    return errorResult("The request was not sent: the gateway does not let tools ask this host.");
  return errorResult("The API could not be reached, or broke off its answer. Trying again later may help.");
}

/** What templates see: `.config`, with the user's own settings in front, and `.args`. */
function templateData({ config = {} }: RestServer): (args: JsonObject, call: McpCall) => JsonNode {
  const own = JsonNode.of(JSON.stringify(config));
  return (args, { caller }) => {
    const user = caller.user === undefined ? own : JsonNode.of(JSON.stringify({ ...config, ...caller.user.config }));
    return JsonNode.object({ config: user, args: JsonNode.of(JSON.stringify(args)) });
  };
}

function contextOf({ headers, caller }: McpCall, { clock, random }: McpWorld): TemplateContext {
  const socketIp = caller.address ?? "";
  return {
    now: () => clock.now(),
    random,
    socketIp,
    get realIp() {
      const [first = ""] = (headers.get("x-forwarded-for") ?? "").split(",", 1);
      return first.trim() || socketIp;
    },
  };
}
