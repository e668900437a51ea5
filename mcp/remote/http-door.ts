import type { HeaderList } from "#src/core/header-list.ts";
import { classifyFailure, failureDetail } from "#src/core/fetch-failure.ts";
import type { Log } from "#src/core/log.ts";
import { McpError } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import { NetworkRefusal } from "#src/core/network/target.ts";
import { ConnectTimeout, type Transport, type UpstreamAnswer } from "#src/core/upstream.ts";
import type { HttpCancel } from "./http-cancel.ts";
import { LinkLost } from "./message-link.ts";
import type { UpstreamCredentials } from "../auth/upstream/credentials.ts";

/** What requests to an upstream are made of beside what they say. */
export interface HttpDoorParts {
  readonly name: string;
  readonly transport: Transport;
  readonly log: Log;
  /** Applied one after the other. */
  readonly credentials: readonly UpstreamCredentials[];
  /** Milliseconds until a connection must stand; 0 is no limit. */
  readonly connectTimeout: number;
}

/** One request. */
export interface DoorRequest {
  readonly method: "POST" | "GET" | "DELETE";
  readonly url: string;
  readonly headers: HeaderList;
  readonly body?: string;
}

/** How often one request is sent at most: redirects, and once more with other credentials. None of these was looked at. */
const MAX_TRIES = 5;

const MAX_MOVED = 100;

/** The way to one upstream over HTTP: with its credentials, and with what became of a request told in one way. */
export class HttpDoor {
  readonly #parts: HttpDoorParts;
  /** By address, where it has moved to. */
  readonly #moved = new Map<string, string>();
  readonly #own = new WeakSet<object>();

  constructor(parts: HttpDoorParts) {
    this.#parts = parts;
  }

  /** Names the credentials that a call gets. */
  contextOf(call: McpCall): string {
    const { credentials } = this.#parts;
    return credentials.length === 0 ? "" : JSON.stringify(credentials.map((one) => one.contextOf(call)));
  }

  /**
   * Resolves when the head of the answer is there, whatever its status. Rejects with a {@link LinkLost}, with what `cancel` was ended with,
   * or with an McpError when there are no credentials.
   */
  async send(request: DoorRequest, call: McpCall, cancel: HttpCancel): Promise<UpstreamAnswer> {
    const { credentials, transport, connectTimeout: connectLimit } = this.#parts;
    const { method, url, body } = request;
    let tries = MAX_TRIES;
    let refused = false;
    for (;;) {
      const headers = request.headers.copy();
      for (const one of credentials) {
        const waiting = one.authorize(headers, call);
        if (waiting !== undefined) await waiting.catch((thrown: unknown) => this.#kept(thrown));
      }
      const at = this.#moved.get(url) ?? url;
      let answer: UpstreamAnswer;
      try {
        answer = await transport.send({ method, url: at, headers, body, connectLimit }, cancel);
      } catch (cause) {
        throw this.#failure(cause, cancel);
      }
      cancel.body = answer.body;
      const { status } = answer;
      if (--tries === 0) return answer;
      if (this.#moves(url, answer)) {
        answer.body.cancel();
        continue;
      }
      if (refused || (status !== 401 && status !== 403)) return answer;
      refused = true;
      const wwwAuthenticate = answer.headers.get("www-authenticate");
      const rejection = { status, wwwAuthenticate, sent: headers };
      const changed = await Promise.all(credentials.map((one) => one.rejected(rejection, call)));
      if (!changed.includes(true)) return answer;
      answer.body.cancel();
    }
  }

  /** Whether a request was given up here, for want of credentials: that tells nothing of the upstream. */
  gaveUp(error: unknown): boolean {
    return error instanceof Error && this.#own.has(error);
  }

  #kept(thrown: unknown): never {
    if (thrown instanceof Error) this.#own.add(thrown);
    throw thrown;
  }

  #failure(cause: unknown, { fault = cause }: HttpCancel): unknown {
    return fault instanceof McpError ? fault : this.#lost(cause);
  }

  /** Notes where an address has moved to, on the same host: many servers are one slash away from what is configured. */
  #moves(url: string, { status, headers }: UpstreamAnswer): boolean {
    const location = headers.get("location");
    if ((status !== 307 && status !== 308) || location === null) return false;
    const from = this.#moved.get(url) ?? url;
    const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
    if (to === undefined || to.origin !== new URL(url).origin || to.username !== "" || to.password !== "") return false;
    if (this.#moved.size >= MAX_MOVED) this.#moved.clear();
    this.#moved.set(url, to.href);
    return true;
  }

  #lost(cause: unknown): LinkLost {
    const { name, log } = this.#parts;
    log.warn("An upstream MCP server could not be reached.", { server: name, reason: failureDetail(cause) });
    const unsent = cause instanceof ConnectTimeout || cause instanceof NetworkRefusal;
    const received = !unsent && classifyFailure(cause) === "reset";
    const what = received ? "The connection to the upstream server broke." : "The upstream server cannot be reached.";
    return new LinkLost(what, { received, cause });
  }
}
