import type { Exchange } from "#src/core/exchange.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { Caller } from "#src/core/mcp/server.ts";
import { batchOf, type Incoming, messageOf } from "../incoming.ts";
import { errorText, mcpErrorOf, resultText } from "../outgoing.ts";
import { noteFailure } from "../failures.ts";
import { noteResult, noteVersion } from "../noted.ts";
import { refusalOf } from "../refusals.ts";
import type { Slot } from "../slot.ts";
import { answerRequest, type Answering } from "./answer-request.ts";
import type { LegacyWorld } from "./deps.ts";
import { LegacyCall } from "./legacy-call.ts";
import { LogWriter } from "./log-writer.ts";
import { NOWHERE, type Outlet } from "./outlet.ts";
import { PostAnswer } from "./post-answer.ts";
import { RunningCalls } from "./running-calls.ts";
import type { LegacySession } from "./session.ts";
import { STANDING } from "./standing-stream.ts";

type Request = Extract<Incoming, { type: "request" }>;

/** Who sends a message, and how. */
export interface Sender {
  readonly exchange: Exchange;
  readonly caller: Caller;
  /** Left out: a client that does without. */
  readonly session: LegacySession | undefined;
  /** The revision the client says it speaks, where it has no session that knows. */
  readonly version: string;
}

/** The revision that lets messages come in lists; no other does. */
const BATCHES = "2025-03-26";

/** Answers the messages of clients of the session era, 2024-11-05 to 2025-11-25. */
export class LegacyEra {
  readonly #slot: Slot;
  readonly #world: LegacyWorld;
  readonly #running: RunningCalls;

  constructor(slot: Slot, world: LegacyWorld) {
    this.#slot = slot;
    this.#world = world;
    this.#running = new RunningCalls(world.bus);
  }

  /** Answers a POST of Streamable HTTP. Throws an McpError for a body that holds no messages. */
  async post(value: Json, sender: Sender): Promise<Response> {
    noteVersion(sender.exchange, sender.session?.client.version ?? sender.version);
    const batch = Array.isArray(value);
    const messages = batch ? batchFor(value, sender) : [messageOf(value)];
    const requests = messages.filter((message) => message.type === "request");
    for (const message of messages) if (message.type !== "request") await this.#take(message, sender);
    if (requests.length === 0) return new Response(null, { status: 202 });
    const { exchange, session } = sender;
    const calls: LegacyCall[] = [];
    const answer = new PostAnswer({
      exchange,
      world: this.#world,
      logs: this.#world.logs,
      session,
      requests: requests.length,
      batch,
      streams: exchange.request.headers.get("accept")?.includes("text/event-stream") === true,
      left: () => calls.forEach((call) => call.cancel()),
    });
    for (const request of requests) calls.push(this.#run(request, sender, answer));
    return answer.response;
  }

  /** Takes a message of the HTTP+SSE transport: whatever there is to say goes to the standing stream. Throws an McpError. */
  async postAside(value: Json, session: LegacySession, sender: Sender): Promise<Response> {
    noteVersion(sender.exchange, session.client.version);
    const message = messageOf(value);
    if (message.type === "request") {
      const writer = new LogWriter(this.#world.logs(session.id), STANDING, this.#world.clock, () => {});
      const write = (text: string): void => writer.write(text, false);
      this.#run(message, sender, { streams: true, message: write, finish: write, refuse: () => false });
    } else await this.#take(message, sender);
    return new Response("Accepted", { status: 202 });
  }

  close(): void {
    this.#running.close();
  }

  #run(request: Request, sender: Sender, outlet: Outlet): LegacyCall {
    const { caller, session, exchange, version } = sender;
    const client = session?.client ?? { version, capabilities: {} };
    const { headers } = exchange.request;
    const call = new LegacyCall({ client, caller, headers, session, outlet, asks: this.#world.asks });
    if (session !== undefined) this.#running.begin(session, request.id, call);
    const over = (text: string, thrown?: unknown): void => {
      call.release();
      if (session !== undefined) this.#running.end(session, request.id);
      if (thrown !== undefined && !call.cancelled) noteFailure(exchange, thrown);
      const refusal = refusalOf(thrown);
      if (refusal === undefined || !outlet.refuse(refusal)) outlet.finish(text);
    };
    const answering: Answering = { request, call, session, slot: this.#slot, world: this.#world };
    answerRequest(answering).then(
      (result: JsonObject) => {
        noteResult(exchange, result);
        over(resultText(request.id, result));
      },
      (thrown: unknown) => over(errorText(request.id, call.cancelled ? cancelled() : mcpErrorOf(thrown)), thrown),
    );
    return call;
  }

  async #take(message: Exclude<Incoming, Request>, { caller, session, exchange, version }: Sender): Promise<void> {
    if (message.type === "response")
      return session === undefined ? undefined : this.#world.asks.answered(session, message);
    const { method, params } = message;
    if (method === "notifications/cancelled") {
      const { requestId: id } = params;
      if (session !== undefined && (typeof id === "string" || typeof id === "number"))
        await this.#running.cancel(session, id);
      return;
    }
    if (method !== "notifications/roots/list_changed") return;
    const client = session?.client ?? { version, capabilities: {} };
    const { headers } = exchange.request;
    const call = new LegacyCall({ client, caller, headers, session, outlet: NOWHERE, asks: this.#world.asks });
    await this.#slot.server.notified?.({ method, params }, call);
  }
}

function batchFor(values: readonly Json[], { session, version }: Sender): readonly Incoming[] {
  if ((session?.client.version ?? version) === BATCHES) return batchOf(values);
  throw new McpError(
    ERROR_CODES.invalidRequest,
    "This protocol version takes one message a request, not a list of them.",
  );
}

function cancelled(): McpError {
  return new McpError(ERROR_CODES.internalError, "The request was cancelled.");
}
