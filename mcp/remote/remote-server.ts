import type { Clock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest, SessionLost } from "#src/core/mcp/messages.ts";
import type {
  McpCall,
  McpServer,
  McpSession,
  ServerDescription,
  Subscription,
  SubscriptionFilter,
} from "#src/core/mcp/server.ts";
import { signInResult } from "../auth/upstream/user/sign-in-required.ts";
import { attempts } from "./attempts.ts";
import { EndpointChoice, type LoadBalance } from "./endpoint-choice.ts";
import { GATEWAY_INFO } from "./gateway-info.ts";
import { keepSubscribed } from "./kept-subscription.ts";
import type { LegacySession } from "./legacy-session.ts";
import { LinkLost } from "./message-link.ts";
import { modernListen } from "./modern-listen.ts";
import { OwnSessions } from "./own-sessions.ts";
import type { RemoteEndpoint } from "./remote-endpoint.ts";
import { SessionPool } from "./session-pool.ts";
import type { RemoteLimits } from "./settings.ts";

/** What a remote server is made of. */
export interface RemoteServerParts {
  readonly name: string;
  readonly endpoints: readonly RemoteEndpoint[];
  readonly loadBalance: LoadBalance;
  readonly clock: Clock;
  readonly limits: RemoteLimits;
  readonly random: () => number;
  readonly closed: () => void;
}

/** How the endpoint that was picked is spoken with. */
interface Ways<T> {
  modern(endpoint: RemoteEndpoint): Promise<T>;
  legacy(session: LegacySession): Promise<T>;
}

/** A remote server of either era, at one URL or several. */
export class RemoteServer implements McpServer {
  readonly #parts: RemoteServerParts;
  readonly #choice: EndpointChoice<RemoteEndpoint>;
  readonly #pool: SessionPool;
  readonly #own: OwnSessions;

  constructor(parts: RemoteServerParts) {
    this.#parts = parts;
    this.#choice = new EndpointChoice(parts.endpoints, parts.loadBalance);
    this.#pool = new SessionPool(parts.clock, parts.limits);
    this.#own = new OwnSessions(parts);
  }

  describe(call: McpCall): Promise<ServerDescription> {
    return this.#asked(call, true, {
      modern: (endpoint) => endpoint.discover(call),
      legacy: async (session) => session.description,
    });
  }

  handle(request: McpRequest, call: McpCall): Promise<JsonObject> {
    const isCall = request.method === "tools/call";
    // Whatever else a client asks only reads.
    const answered = this.#asked(call, !isCall, {
      modern: (endpoint) => endpoint.modern.request(request, call),
      legacy: (session) => session.request(request, call),
    });
    return isCall ? answered.catch(orSignIn) : answered;
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const own = await this.#ownOf(call);
    if (own !== undefined) return own.session.listen(filter, call);
    if (!asksForSomething(filter)) return { honoured: {}, close() {} };
    return keepSubscribed(this.#parts.clock, call, (ended) =>
      this.#asked(call, true, {
        modern: (endpoint) => modernListen(endpoint.modernParts, filter, call, ended).catch(nothingHonoured),
        legacy: (session) => session.listen(filter, call, ended),
      }),
    );
  }

  /** Where clients share a session, what one of them says of itself is not for the server. */
  async notified(notification: McpNotification, call: McpCall): Promise<void> {
    const own = await this.#ownOf(call);
    await own?.session.notified(notification);
  }

  async endSession(session: McpSession): Promise<void> {
    await this.#own.end(session);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#own.close()]);
    this.#parts.closed();
  }

  async #ownOf(call: McpCall) {
    const { session } = call;
    // A server without sessions has none to look for, and looking may take a question to the store.
    const stateless = this.#parts.endpoints.every(({ knownEra }) => knownEra === "modern");
    return session === undefined || stateless ? undefined : this.#own.find(session, call);
  }

  #asked<T>(call: McpCall, repeatable: boolean, ways: Ways<T>): Promise<T> {
    return call.session === undefined ? this.#tried(call, repeatable, ways) : this.#inSession(call, repeatable, ways);
  }

  async #inSession<T>(call: McpCall, repeatable: boolean, ways: Ways<T>): Promise<T> {
    const own = await this.#ownOf(call);
    return own === undefined ? this.#tried(call, repeatable, ways) : onOwn(own.session, ways);
  }

  #tried<T>(call: McpCall, repeatable: boolean, ways: Ways<T>): Promise<T> {
    return attempts(this.#choice, repeatable, (endpoint, sent) => {
      if (endpoint.knownEra !== "modern") return this.#onFoundOut(endpoint, call, sent, ways);
      sent();
      return ways.modern(endpoint);
    });
  }

  async #onFoundOut<T>(endpoint: RemoteEndpoint, call: McpCall, sent: () => void, ways: Ways<T>): Promise<T> {
    if ((await endpoint.era(call)) === "modern") {
      sent();
      return ways.modern(endpoint);
    }
    if (call.session === undefined) return this.#onShared(endpoint, call, sent, ways);
    const { session } = await this.#own.open(call.session, endpoint, call);
    sent();
    return onOwn(session, ways);
  }

  #onShared<T>(endpoint: RemoteEndpoint, call: McpCall, sent: () => void, ways: Ways<T>): Promise<T> {
    const { capabilities } = call.client;
    const key = JSON.stringify([endpoint.url, endpoint.contextOf(call), call.caller.subject, capabilities]);
    const open = async (): Promise<LegacySession> => {
      const client = { capabilities, info: GATEWAY_INFO };
      const { session } = await endpoint.openSession(call, { client, shared: true, firstId: 1, lost() {} });
      // What is asked may come while no request has a stream of its own.
      return session;
    };
    return this.#pool.use(key, endpoint.mixesRequests && canBeAsked(capabilities), open, (session) => {
      sent();
      return ways.legacy(session);
    });
  }
}

/** A client's own session that is gone is not replaced in silence: what it held is gone as well. */
async function onOwn<T>(session: LegacySession, ways: Ways<T>): Promise<T> {
  try {
    return await ways.legacy(session);
  } catch (error) {
    if (!(error instanceof LinkLost) || (session.alive && !error.sessionGone)) throw error;
    throw new SessionLost("The session with the upstream server is gone.", { cause: error });
  }
}

function canBeAsked({ sampling, elicitation, roots }: JsonObject): boolean {
  return sampling !== undefined || elicitation !== undefined || roots !== undefined;
}

function asksForSomething(filter: SubscriptionFilter): boolean {
  return Object.values(filter).some((value) => value === true || (Array.isArray(value) && value.length > 0));
}

/** A server need not tell of changes at all. */
function nothingHonoured(error: unknown): Subscription {
  if (error instanceof McpError && error.code === ERROR_CODES.methodNotFound) return { honoured: {}, close() {} };
  throw error;
}

/** A model reads results, not errors: a link for its user goes there. */
function orSignIn(thrown: unknown): JsonObject {
  const result = signInResult(thrown);
  if (result !== undefined) return result;
  throw thrown;
}
