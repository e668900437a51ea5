import { ERROR_CODES, McpError, SessionLost } from "#src/core/mcp/messages.ts";
import type { McpCall, McpSession } from "#src/core/mcp/server.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { LinkSession, OpenLink } from "./link-session.ts";

/** What servers of which each client has its own are made of. */
export interface OwnLinksParts {
  readonly name: string;
  readonly open: OpenLink;
  /** Who the server is told that it speaks with, where a client does not say who it is. */
  readonly info: JsonObject;
  /** The most at a time. */
  readonly most: number;
}

/** For each client's session a server of its own, which ends with it. */
export class OwnLinks {
  readonly #parts: OwnLinksParts;
  readonly #key: string;
  readonly #links = new Map<string, Promise<LinkSession>>();

  constructor(parts: OwnLinksParts) {
    this.#parts = parts;
    this.#key = `link:${parts.name}`;
  }

  /** The session's own server, started when there is none yet. Rejects with an McpError, a {@link SessionLost} when it is gone. */
  of(session: McpSession, call: McpCall): Promise<LinkSession> {
    const known = this.#links.get(session.id);
    if (known !== undefined) return known;
    const opening = this.#open(session, call);
    this.#links.set(session.id, opening);
    opening.catch(() => this.#forget(session.id, opening));
    return opening;
  }

  async end(session: McpSession): Promise<void> {
    const opening = this.#links.get(session.id);
    this.#links.delete(session.id);
    await (await opening?.catch(() => undefined))?.close(true);
  }

  async close(): Promise<void> {
    const all = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(all.map(async (opening) => (await opening.catch(() => undefined))?.close(true)));
  }

  async #open(session: McpSession, call: McpCall): Promise<LinkSession> {
    const { open, info, most, name } = this.#parts;
    if (this.#links.size >= most) {
      throw new McpError(ERROR_CODES.internalError, `Too many clients use '${name}' just now. Try again later.`);
    }
    // It had one, on another replica or before it crashed: what it knew of the client is gone with it.
    if ((await session.get(this.#key)) !== undefined) throw new SessionLost(`The session's own '${name}' has ended.`);
    await session.set(this.#key, "1");
    const { capabilities, info: own = info } = call.client;
    const opening = open({ capabilities, info: own, shared: false }, () => this.#links.delete(session.id));
    session.ended.addEventListener("abort", () => void this.end(session), { once: true });
    return opening;
  }

  #forget(id: string, opening: Promise<LinkSession>): void {
    if (this.#links.get(id) === opening) this.#links.delete(id);
  }
}
