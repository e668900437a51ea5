import type { Exchange } from "#src/core/exchange.ts";
import type { Json } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { McpRefusal, type SessionLimit } from "#src/core/mcp/policy.ts";
import type { Caller, McpClient, ServerDescription } from "#src/core/mcp/server.ts";
import { noteFailure } from "../failures.ts";
import { messageOf } from "../incoming.ts";
import { noteVersion } from "../noted.ts";
import { errorAnswer, errorText, jsonAnswer, mcpErrorOf, resultText } from "../outgoing.ts";
import type { Slot } from "../slot.ts";
import type { LegacyWorld } from "./deps.ts";
import { LegacyEra, type Sender } from "./era.ts";
import { clientOf, initializeResult, isInitialize } from "./initialize.ts";
import { LegacyCall } from "./legacy-call.ts";
import { LogWriter } from "./log-writer.ts";
import type { LegacySession } from "./session.ts";
import { NOWHERE } from "./outlet.ts";
import { LegacySessions, type SessionLife } from "./sessions.ts";
import { openResumed, openStanding, STANDING } from "./standing-stream.ts";

/** The revision of a client that says none (2025-06-18, "Protocol Version Header"). */
const UNSAID = "2025-03-26";

/** The session era's side of one server's address: Streamable HTTP with sessions, and HTTP+SSE beside it. */
export class LegacyAddress {
  readonly #slot: Slot;
  readonly #world: LegacyWorld;
  readonly #era: LegacyEra;
  readonly #sessions: LegacySessions;
  readonly #limit: () => SessionLimit | undefined;
  readonly #unhear: () => void;

  /** `limit` counts the sessions, as the configuration has it at the time. */
  constructor(
    place: string,
    slot: Slot,
    world: LegacyWorld,
    life: SessionLife,
    limit: () => SessionLimit | undefined = () => undefined,
  ) {
    this.#slot = slot;
    this.#limit = limit;
    this.#world = world;
    this.#era = new LegacyEra(slot, world);
    this.#sessions = new LegacySessions(place, world, life);
    this.#unhear = world.bus.hear((message) => {
      if (message.type === "ended") this.#sessions.forget(message.session);
    });
  }

  /** How many sessions began at this replica and are not over. */
  get sessions(): number {
    return this.#sessions.open;
  }

  /** A POST of Streamable HTTP. Throws an McpError for a body that is no message. */
  async post(value: Json, exchange: Exchange, caller: Caller): Promise<Response> {
    const { headers } = exchange.request;
    if (isInitialize(value)) return this.#initialize(value, exchange, caller);
    const token = headers.get("mcp-session-id");
    const session = token === null ? undefined : await this.#find(token, caller);
    if (token !== null && session === undefined) return noSession();
    const version = headers.get("mcp-protocol-version") ?? UNSAID;
    return this.#era.post(value, { exchange, caller, session, version });
  }

  /** A GET: the session's standing stream, or any of its streams from the event the client saw last. */
  async get(exchange: Exchange, caller: Caller): Promise<Response> {
    const { headers } = exchange.request;
    const token = headers.get("mcp-session-id");
    if (token === null)
      return refusal(400, "A stream belongs to a session: send the Mcp-Session-Id that initialize answered.");
    const session = await this.#find(token, caller);
    if (session === undefined) return noSession();
    const log = this.#world.logs(session.id);
    const after = headers.get("last-event-id") ?? (await log.position(STANDING));
    const follower = await log.follow(after);
    if (follower === undefined) return refusal(404, "The events after this Last-Event-ID are gone: initialize again.");
    const standing = after.startsWith(`${STANDING}.`);
    const parts = { session, caller, exchange, follower, slot: this.#slot };
    const feed = standing ? openStanding(parts, this.#world) : openResumed(parts, this.#world);
    return feed.answer.response();
  }

  /** A DELETE: the session ends. */
  async delete(exchange: Exchange, caller: Caller): Promise<Response> {
    const token = exchange.request.headers.get("mcp-session-id");
    if (token === null) return refusal(400, "Send the Mcp-Session-Id of the session to be ended.");
    const session = await this.#find(token, caller);
    if (session === undefined) return noSession();
    await this.#end(session, caller);
    return new Response(null, { status: 204 });
  }

  /** A GET of HTTP+SSE (2024-11-05): begins a session and holds all that it will be told. `post` is where messages go. */
  async openSse(exchange: Exchange, caller: Caller, post: string): Promise<Response> {
    const session = await this.#begin(caller);
    const follower = await this.#world.logs(session.id).follow(`${STANDING}.`);
    if (follower === undefined) throw new Error("The log of a new session cannot be followed.");
    const feed = openStanding(
      { session, caller, exchange, follower, slot: this.#slot },
      this.#world,
      () => void this.#end(session, caller).catch(() => {}),
    );
    feed.answer.event(`${post}?sessionId=${session.token}`, undefined, "endpoint");
    return feed.answer.response();
  }

  /** A POST of HTTP+SSE. Throws an McpError for a body that is no message. */
  async postSse(value: Json, token: string, exchange: Exchange, caller: Caller): Promise<Response> {
    const session = await this.#find(token, caller);
    if (session === undefined) return noSession();
    const sender: Sender = { exchange, caller, session, version: session.client.version };
    if (isInitialize(value)) return this.#introduce(value, session, sender);
    return this.#era.postAside(value, session, sender);
  }

  async close(): Promise<void> {
    this.#unhear();
    this.#era.close();
    this.#sessions.close();
  }

  /** Throws a refusal when the caller has as many sessions as it may. */
  async #begin(caller: Caller, client?: McpClient): Promise<LegacySession> {
    const session = await this.#sessions.create(caller, client);
    const taken = (await this.#limit()?.take(caller, session.id)) ?? true;
    if (taken) {
      this.#sessions.begun(session);
      return session;
    }
    await this.#sessions.end(session);
    throw new McpRefusal(429, "Too many sessions are open: end one, or wait until one is over.", {
      "retry-after": "60",
    });
  }

  async #find(token: string, caller: Caller): Promise<LegacySession | undefined> {
    const session = await this.#sessions.find(token, caller);
    // Nobody waits for it: it tells its failures by itself.
    if (session !== undefined) void this.#limit()?.renew(caller, session.id);
    return session;
  }

  async #end(session: LegacySession, caller: Caller): Promise<void> {
    await this.#sessions.end(session);
    await Promise.all([
      this.#limit()?.release(caller, session.id),
      this.#world.logs(session.id).remove([STANDING]),
      this.#world.bus.tell({ type: "ended", session: session.id }),
      this.#slot.server.endSession?.(session),
    ]);
  }

  async #initialize(value: Json, exchange: Exchange, caller: Caller): Promise<Response> {
    const message = messageOf(value);
    if (message.type !== "request") throw new McpError(ERROR_CODES.invalidRequest, "An initialize is a request.");
    const client = clientOf(message.params);
    noteVersion(exchange, client.version);
    const session = await this.#begin(caller, client);
    try {
      const result = initializeResult(await this.#describe(session, exchange, caller, client), client);
      return jsonAnswer(resultText(message.id, result), 200, { "mcp-session-id": session.token });
    } catch (thrown) {
      noteFailure(exchange, thrown);
      await this.#end(session, caller);
      return errorAnswer(mcpErrorOf(thrown), 200, message.id);
    }
  }

  /** The `initialize` of HTTP+SSE, whose session is there already. */
  async #introduce(value: Json, session: LegacySession, { exchange, caller }: Sender): Promise<Response> {
    const message = messageOf(value);
    if (message.type !== "request") throw new McpError(ERROR_CODES.invalidRequest, "An initialize is a request.");
    const { id, params } = message;
    const writer = new LogWriter(this.#world.logs(session.id), STANDING, this.#world.clock, () => {});
    try {
      const client = clientOf(params);
      noteVersion(exchange, client.version);
      await this.#sessions.introduce(session, client);
      const description = await this.#describe(session, exchange, caller, client);
      writer.write(resultText(id, initializeResult(description, client)), false);
    } catch (thrown) {
      noteFailure(exchange, thrown);
      writer.write(errorText(id, mcpErrorOf(thrown)), false);
    }
    return new Response("Accepted", { status: 202 });
  }

  async #describe(
    session: LegacySession,
    exchange: Exchange,
    caller: Caller,
    client: McpClient,
  ): Promise<ServerDescription> {
    const { headers } = exchange.request;
    const { asks } = this.#world;
    const call = new LegacyCall({ client, caller, headers, session, outlet: NOWHERE, asks });
    try {
      return await this.#slot.server.describe(call);
    } finally {
      call.release();
    }
  }
}

function noSession(): Response {
  return refusal(404, "There is no such session: it has ended, or it is somebody else's. Initialize again.");
}

function refusal(status: number, message: string): Response {
  return errorAnswer(new McpError(ERROR_CODES.invalidRequest, message), status);
}
