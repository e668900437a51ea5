import { HeaderList } from "#src/core/header-list.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type RequestId } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { SseEvent } from "#src/core/sse.ts";
import { bodyKind, parseMessage, readEvents } from "./answer-reader.ts";
import { detached } from "./detached-call.ts";
import { HttpCancel } from "./http-cancel.ts";
import { failureOf } from "./http-failure.ts";
import { HttpPosts, linkClosed } from "./http-posts.ts";
import { type LinkEvents, LinkLost, type MessageLink } from "./message-link.ts";
import { Patience, type PatienceLimits } from "./patience.ts";
import type { HttpLinkParts } from "./streamable-http-link.ts";

/** HTTP+SSE (2024-11-05): one GET on which everything comes, and a POST for each message to where its first event says. */
export class SseLink implements MessageLink {
  readonly relates = false;
  readonly #parts: HttpLinkParts;
  /** Whose credentials are used: a user's token is renewed, and the session outlives it. */
  #call: McpCall;
  readonly #cancel = new HttpCancel();
  readonly #posts: HttpPosts;
  readonly #endpoint = Promise.withResolvers<string>();
  #events: LinkEvents | undefined;
  #version: string | undefined;
  #over = false;

  private constructor(parts: HttpLinkParts) {
    this.#parts = parts;
    this.#call = parts.call;
    this.#posts = new HttpPosts(parts.clock);
  }

  /** Resolves when the server has said where messages go. Rejects with an McpError. */
  static async open(parts: HttpLinkParts, limits: PatienceLimits): Promise<SseLink> {
    const link = new SseLink(parts);
    const patience = new Patience(parts.clock, limits, () =>
      link.#cancel.abort(new LinkLost("The upstream server did not say where messages go.", { received: false })),
    );
    try {
      void link.#read();
      await link.#endpoint.promise;
      return link;
    } finally {
      patience.stop();
    }
  }

  start(events: LinkEvents): void {
    this.#events = events;
  }

  behalf(call: McpCall): void {
    this.#call = detached(call);
  }

  agreed(version: string): void {
    this.#version = version;
  }

  async send(message: JsonObject): Promise<void> {
    if (this.#over) throw new LinkLost("The session with the upstream server is over.", { received: false });
    const { door } = this.#parts;
    const headers = new HeaderList();
    headers.append("content-type", "application/json");
    headers.append("accept", "application/json");
    if (this.#version !== undefined) headers.append("mcp-protocol-version", this.#version);
    const url = await this.#endpoint.promise;
    const request = { method: "POST", url, headers, body: JSON.stringify(message) } as const;
    const post = this.#posts.begin(message);
    try {
      const answer = await door.send(request, this.#call, post.cancel);
      if (answer.status < 200 || answer.status > 299) throw await failureOf(answer);
      answer.body.cancel();
    } finally {
      post.over();
    }
  }

  /** Some servers accept a message only when they have answered it. */
  abandon(id: RequestId): void {
    this.#posts.abandon(id);
  }

  async close(): Promise<void> {
    this.#over = true;
    this.#cancel.abort(linkClosed());
    this.#posts.abandonAll();
  }

  async #read(): Promise<void> {
    try {
      await this.#stream();
      this.#lost(new LinkLost("The upstream server ended its stream.", { received: true, sessionGone: true }));
    } catch (cause) {
      this.#lost(cause instanceof McpError ? cause : new LinkLost("The stream broke.", { received: true, cause }));
    }
  }

  async #stream(): Promise<void> {
    const { url, door, limit } = this.#parts;
    const headers = new HeaderList();
    headers.append("accept", "text/event-stream");
    const answer = await door.send({ method: "GET", url, headers }, this.#call, this.#cancel);
    if (answer.status !== 200 || bodyKind(answer.headers) !== "events") throw await failureOf(answer);
    await readEvents(
      answer.body,
      limit,
      { lastEventId: "", retry: undefined },
      {
        alive() {},
        event: (event) => this.#event(event),
      },
    );
  }

  #event({ event, data }: SseEvent): void {
    if (event === "endpoint") this.#endpoint.resolve(this.#messagesUrl(data));
    else if ((event === "" || event === "message") && data !== "") {
      const message = parseMessage(data);
      if (isObject(message)) this.#events?.message(message);
    }
  }

  /** The gateway's credentials go there, so it must not be anywhere else than where the stream comes from. */
  #messagesUrl(data: string): string {
    const { url } = this.#parts;
    const target = URL.canParse(data, url) ? new URL(data, url) : undefined;
    if (target?.origin === new URL(url).origin && target.username === "" && target.password === "") return target.href;
    throw new McpError(ERROR_CODES.internalError, "The upstream server names another host for its messages.");
  }

  #lost(reason: McpError): void {
    this.#endpoint.promise.catch(() => {});
    this.#endpoint.reject(reason);
    if (this.#over) return;
    this.#over = true;
    this.#events?.closed(reason);
  }
}
