import type { Clock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { SessionLost } from "#src/core/mcp/messages.ts";
import type { McpCall, McpSession } from "#src/core/mcp/server.ts";
import { LEGACY_VERSIONS } from "#src/core/mcp/versions.ts";
import { detached } from "./detached-call.ts";
import { GATEWAY_INFO } from "./gateway-info.ts";
import { LegacySession, type LegacySessionParts } from "./legacy-session.ts";
import type { RemoteEndpoint } from "./remote-endpoint.ts";
import type { RemoteLimits } from "./settings.ts";

/** What the sessions of one remote server are made of. */
export interface OwnSessionsParts {
  /** The server's name: sets keep several servers' sessions for one client's. */
  readonly name: string;
  readonly clock: Clock;
  readonly limits: RemoteLimits;
  readonly random: () => number;
  readonly endpoints: readonly RemoteEndpoint[];
}

/** What is kept in the client's session. */
interface Kept {
  readonly url: string;
  /** Undefined when the server has given none. */
  readonly id: string | undefined;
  readonly version: string;
  readonly capabilities: JsonObject;
  /** The session is one connection: no other replica can go on with it. */
  readonly pinned: boolean;
}

/** A session that lives on this replica. */
class Live {
  readonly session: LegacySession;
  readonly endpoint: RemoteEndpoint;
  readonly pinned: boolean;
  /** Somebody came for it since that was last looked at. */
  used = true;
  stop: () => void = () => undefined;

  constructor(session: LegacySession, endpoint: RemoteEndpoint, pinned: boolean) {
    this.session = session;
    this.endpoint = endpoint;
    this.pinned = pinned;
  }

  /** A pinned one that is lost stays, to tell that it is. */
  get holds(): boolean {
    return this.session.alive || this.pinned;
  }

  get busy(): boolean {
    return this.used || this.session.waiting > 0 || this.session.listening > 0;
  }
}

/** For each client's session one with the upstream, on whichever replica the client is next. */
export class OwnSessions {
  readonly #parts: OwnSessionsParts;
  readonly #live = new Map<string, Promise<Live | undefined>>();
  readonly #key: string;

  constructor(parts: OwnSessionsParts) {
    this.#parts = parts;
    this.#key = `upstream:${parts.name}`;
  }

  /** The session that was opened for this client, here or elsewhere; undefined when none was. Rejects with a {@link SessionLost}. */
  async find(session: McpSession, call: McpCall): Promise<Live | undefined> {
    const live = await this.#shared(session, () => this.#resumed(session, call));
    if (live !== undefined) live.used = true;
    return live;
  }

  /** The client's session with this endpoint, opened when there is none yet. Rejects with an McpError. */
  async open(session: McpSession, endpoint: RemoteEndpoint, call: McpCall): Promise<Live> {
    const opened = await this.#shared(session, async () => {
      const { session: upstream, http } = await endpoint.openSession(call, this.#about(call));
      const { version, description } = upstream.handshake;
      const { capabilities } = description;
      const pinned = http === undefined;
      const kept = { url: endpoint.url, id: http?.sessionId, version, capabilities, pinned };
      await session.set(this.#key, JSON.stringify(kept));
      return new Live(upstream, endpoint, pinned);
    });
    if (opened === undefined) throw new SessionLost("The session with the upstream server is gone.");
    return opened;
  }

  /** The client's session is over, and the upstream is told. */
  async end(session: McpSession): Promise<void> {
    const live = await this.find(session, nobodysCall(session)).catch(() => undefined);
    this.#live.delete(session.id);
    live?.stop();
    await live?.session.close(true);
  }

  async close(): Promise<void> {
    const all = [...this.#live.values()];
    this.#live.clear();
    // Another replica, or the next configuration, may go on with them.
    await Promise.all(
      all.map(async (opening) => {
        const live = await opening.catch(() => undefined);
        live?.stop();
        await live?.session.close(false);
      }),
    );
  }

  /** Made by one at a time for each client's session; the others wait for it. */
  async #shared(session: McpSession, make: () => Promise<Live | undefined>): Promise<Live | undefined> {
    const { id } = session;
    for (let other = this.#live.get(id); other !== undefined; other = this.#live.get(id)) {
      const live = await other.catch(() => undefined);
      if (live?.holds === true) return live;
      this.#forget(id, other);
    }
    const making = make();
    this.#live.set(id, making);
    const live = await making.catch((error: unknown) => {
      this.#forget(id, making);
      throw error;
    });
    if (live === undefined) this.#forget(id, making);
    else this.#watch(live, session, () => this.#forget(id, making));
    return live;
  }

  #forget(id: string, which: Promise<Live | undefined>): void {
    if (this.#live.get(id) === which) this.#live.delete(id);
  }

  /** What nobody uses for a while is let go here; the upstream keeps it. */
  #watch(live: Live, { ended }: McpSession, forget: () => void): void {
    const { clock, limits } = this.#parts;
    const letGo = (): void => {
      live.stop();
      forget();
      live.session.close(false).catch(() => {});
    };
    let stopTimer: (() => void) | undefined;
    const wait = (): void => {
      stopTimer = clock.after(limits.sessionIdle, () => {
        if (!live.busy) return letGo();
        live.used = false;
        wait();
      });
    };
    live.stop = () => {
      stopTimer?.();
      ended.removeEventListener("abort", letGo);
    };
    if (ended.aborted) return letGo();
    ended.addEventListener("abort", letGo);
    // One that is a connection cannot be taken up again.
    if (!live.pinned) wait();
  }

  async #resumed(session: McpSession, call: McpCall): Promise<Live | undefined> {
    const { clock, limits, endpoints } = this.#parts;
    const text = await session.get(this.#key);
    if (text === undefined) return undefined;
    const kept = keptIn(text);
    const endpoint = endpoints.find(({ url }) => url === kept?.url);
    if (kept === undefined || endpoint === undefined || kept.pinned) {
      throw new SessionLost("The session with the upstream server is gone.");
    }
    const link = endpoint.resumeLink(call, kept.id);
    const description = { capabilities: kept.capabilities, serverInfo: {} };
    const parts = { ...this.#about(call), link, clock, limits };
    return new Live(LegacySession.resume(parts, { version: kept.version, description }), endpoint, false);
  }

  #about({ client }: McpCall): Omit<LegacySessionParts, "link" | "clock" | "limits"> {
    return {
      client: { capabilities: client.capabilities, info: client.info ?? GATEWAY_INFO },
      shared: false,
      // Two replicas that go on with one session must not use the same ids.
      firstId: Math.floor(this.#parts.random() * 2 ** 32) * 2 ** 20 + 1,
      lost() {},
    };
  }
}

/** For a session whose client is gone: only what is the same for everybody can be done for it. */
function nobodysCall(session: McpSession): McpCall {
  const client = { version: LEGACY_VERSIONS[0], capabilities: {} };
  return detached({
    client,
    caller: { subject: "" },
    headers: new HeaderList(),
    session,
    signal: session.ended,
    notify() {},
    ask: () => Promise.reject(new SessionLost("The client is gone.")),
  });
}

function keptIn(text: string): Kept | undefined {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { url, id, version, capabilities, pinned } = json;
  if (typeof url !== "string" || typeof version !== "string" || !isObject(capabilities)) return undefined;
  return { url, id: typeof id === "string" ? id : undefined, version, capabilities, pinned: pinned === true };
}
