import type { Exchange } from "#src/core/exchange.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, META, type McpRequest, type RequestId } from "#src/core/mcp/messages.ts";
import type { Caller, McpClient } from "#src/core/mcp/server.ts";
import { SharedTimer } from "#src/core/shared-timer.ts";
import { MODERN_VERSIONS } from "#src/core/mcp/versions.ts";
import type { CallReply } from "./call-reply.ts";
import type { Incoming } from "./incoming.ts";
import { listen } from "./listen.ts";
import { ModernCall } from "./modern-call.ts";
import { checkHeaders, faultOfMeta, metaOf } from "./modern-headers.ts";
import { errorAnswer, jsonAnswer, mcpErrorOf, modernError, resultText, statusOf } from "./outgoing.ts";
import { noteFailure } from "./failures.ts";
import { noteResult, noteVersion } from "./noted.ts";
import { refusalOf } from "./refusals.ts";
import { Reply, type ReplyWorld } from "./reply.ts";
import { openState, type RequestState, sealState } from "./request-state.ts";
import { gone, RelayedReply, type RelayWorld, resumeElsewhere, type ResumeMessage } from "./resume-elsewhere.ts";
import { completed, isInputRequired } from "./results.ts";
import { SERVER_METHODS } from "./server-methods.ts";
import type { ServeWorld } from "./settings.ts";
import type { Slot } from "./slot.ts";
import { SuspendedCalls } from "./suspended-calls.ts";
import { ToolParams } from "./tool-params.ts";

type Request = Extract<Incoming, { type: "request" }>;

type Suspended = Extract<RequestState, { type: "suspended" }>;

/** What the stateless era is served with. */
export type ModernWorld = ServeWorld & RelayWorld;

/** How much longer than asked for waits may last, in milliseconds, so that many end together. */
const GRAIN = 20;

/** Answers clients of the stateless era, 2026-07-28. */
export class ModernEra {
  readonly #slot: Slot;
  readonly #world: ModernWorld & ReplyWorld;
  readonly #suspended: SuspendedCalls;
  readonly #params = new ToolParams();

  constructor(slot: Slot, world: ModernWorld) {
    this.#slot = slot;
    this.#world = { ...world, timer: new SharedTimer(world.clock, GRAIN) };
    this.#suspended = new SuspendedCalls(world.clock);
  }

  /** Answers one message. Throws and rejects with nothing but what no JSON-RPC error says. */
  post(message: Incoming, exchange: Exchange, caller: Caller): Response | Promise<Response> {
    try {
      const answer = this.#answer(message, exchange, caller);
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((thrown: unknown) => failed(thrown, message, exchange));
    } catch (thrown) {
      return failed(thrown, message, exchange);
    }
  }

  close(): void {
    this.#suspended.close();
  }

  #answer(message: Incoming, exchange: Exchange, caller: Caller): Response | Promise<Response> {
    if (message.type === "response")
      throw new McpError(ERROR_CODES.invalidRequest, "Clients of this version send no responses.");
    noteVersion(exchange, checkHeaders(message, exchange.request.headers));
    if (message.type === "notification") return new Response(null, { status: 202 });
    const fault = faultOfMeta(message.params);
    if (fault !== undefined) {
      noteFailure(exchange, fault);
      return errorAnswer(fault, 400, message.id);
    }
    return this.#request(message, exchange, caller);
  }

  #request(message: Request, exchange: Exchange, caller: Caller): Response | Promise<Response> {
    const { method } = message;
    if (SERVER_METHODS.has(method)) return this.#serve(message, exchange, caller);
    if (method === "subscriptions/listen") return this.#listen(message, exchange, caller);
    if (method === "server/discover") return this.#discover(message, exchange, caller);
    throw new McpError(ERROR_CODES.methodNotFound, `There is no method '${method.slice(0, 128)}'.`);
  }

  #serve(message: Request, exchange: Exchange, caller: Caller): Response | Promise<Response> {
    const { requestState } = message.params;
    if (requestState !== undefined) return this.#retry(message, exchange, caller);
    return this.#run(message.id, message, exchange, caller);
  }

  #run(id: RequestId, request: McpRequest, exchange: Exchange, caller: Caller): Response | Promise<Response> {
    const call = this.#call(request, exchange, caller);
    if (request.method === "tools/call") this.#params.check(request.params, exchange.request.headers);
    const result = this.#slot.server.handle(request, call);
    // Most hosted tools answer at once: nothing is set up for what will not come.
    if (!(result instanceof Promise)) {
      noteResult(exchange, result);
      return this.#whole(id, request, result, caller);
    }
    const reply = new Reply(id, exchange, this.#world);
    call.attach(reply);
    call.follow(result, (value) => {
      this.#listed(request, value);
      return isInputRequired(value) ? this.#sealed(request, value, caller) : value;
    });
    return reply.response;
  }

  #whole(id: RequestId, request: McpRequest, result: JsonObject, caller: Caller): Response | Promise<Response> {
    this.#listed(request, result);
    if (!isInputRequired(result)) return jsonAnswer(resultText(id, completed(request.method, result)));
    return this.#sealed(request, result, caller).then((sealed) => jsonAnswer(resultText(id, sealed)));
  }

  #listed({ method }: McpRequest, result: JsonObject): void {
    if (method === "tools/list") this.#params.learn(result);
  }

  /** A result whose state only this subject can bring back, and only with this request. */
  async #sealed(request: McpRequest, result: JsonObject, { subject }: Caller): Promise<JsonObject> {
    const { requestState: state } = result;
    if (!isInputRequired(result) || typeof state !== "string") return result;
    const requestState = await sealState(this.#world, subject, request, { type: "upstream", state });
    return { ...result, requestState };
  }

  async #retry(message: Request, exchange: Exchange, caller: Caller): Promise<Response> {
    const state = await openState(this.#world, caller.subject, message);
    const { inputResponses } = message.params;
    if (state?.type === "suspended") {
      return this.#resume(message.id, state, isObject(inputResponses) ? inputResponses : {}, exchange, caller);
    }
    const { requestState: _sealed, ...params } = message.params;
    const opened = state === undefined ? params : { ...params, requestState: state.state };
    return this.#run(message.id, { method: message.method, params: opened }, exchange, caller);
  }

  #resume(
    id: RequestId,
    { call: key, replica }: Suspended,
    responses: JsonObject,
    exchange: Exchange,
    { subject }: Caller,
  ): Promise<Response> {
    const reply = new Reply(id, exchange, this.#world);
    if (replica === this.#world.replica) this.#goOn({ call: key, subject, responses }, reply);
    else
      resumeElsewhere(replica, { call: key, subject, responses }, reply, this.#world).catch((thrown: unknown) =>
        reply.failed(thrown),
      );
    return reply.response;
  }

  /** Lets a call of this replica go on. */
  #goOn({ call: key, subject, responses }: Omit<ResumeMessage, "relay">, reply: CallReply): void {
    const call = this.#suspended.find(key, subject);
    if (call === undefined) return reply.failed(gone());
    if (responses === undefined) return call.abort();
    call.attach(reply);
    call.answered(responses);
  }

  /** What another replica's clients bring for a call of this one; false when it is none of this address'. */
  resumed(message: ResumeMessage): boolean {
    if (this.#suspended.find(message.call, message.subject) === undefined) return false;
    this.#goOn(message, new RelayedReply(this.#world, message.relay));
    return true;
  }

  #call(request: McpRequest, exchange: Exchange, caller: Caller): ModernCall {
    const { replica, clock } = this.#world;
    return new ModernCall({
      request,
      client: clientOf(request.params),
      caller,
      headers: exchange.request.headers,
      clock,
      suspend: (call) => {
        const state = { type: "suspended", replica, call: this.#suspended.keep(call) } as const;
        return sealState(this.#world, caller.subject, request, state);
      },
      done: (call) => this.#suspended.drop(call),
    });
  }

  #listen(message: Request, exchange: Exchange, caller: Caller): Promise<Response> {
    const call = this.#call(message, exchange, caller);
    return listen({ id: message.id, params: message.params, call, exchange }, this.#slot, this.#world);
  }

  async #discover(message: Request, exchange: Exchange, caller: Caller): Promise<Response> {
    const call = this.#call(message, exchange, caller);
    exchange.signal.addEventListener("abort", () => call.abort(), { once: true });
    const description = await Promise.resolve(this.#slot.server.describe(call)).catch((thrown: unknown) => {
      throw mcpErrorOf(thrown);
    });
    const { serverInfo, ...rest } = description;
    const result = completed(message.method, {
      supportedVersions: [...MODERN_VERSIONS],
      ...rest,
      _meta: { [META.serverInfo]: serverInfo },
    });
    return jsonAnswer(resultText(message.id, result));
  }
}

/** The answer to a message that failed; throws what is an answer of HTTP's own. */
function failed(thrown: unknown, message: Incoming, exchange: Exchange): Response {
  if (refusalOf(thrown) !== undefined) throw thrown;
  noteFailure(exchange, thrown);
  const error = modernError(mcpErrorOf(thrown));
  return errorAnswer(error, statusOf(error), message.type === "request" ? message.id : undefined);
}

function clientOf(params: JsonObject): McpClient {
  const meta = metaOf(params);
  const { [META.protocolVersion]: version, [META.clientCapabilities]: capabilities, [META.clientInfo]: info } = meta;
  return {
    version: typeof version === "string" ? version : MODERN_VERSIONS[0],
    capabilities: isObject(capabilities) ? capabilities : {},
    ...(isObject(info) ? { info } : {}),
  };
}
