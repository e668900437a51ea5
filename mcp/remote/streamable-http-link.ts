import type { Clock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, type McpError, type RequestId } from "#src/core/mcp/messages.ts";
import type { McpCall } from "#src/core/mcp/server.ts";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { bodyKind, readJson } from "./answer-reader.ts";
import { EventChannel } from "./event-channel.ts";
import { detached } from "./detached-call.ts";
import { HttpCancel, limited } from "./http-cancel.ts";
import type { DoorRequest, HttpDoor } from "./http-door.ts";
import { failureOf, HttpRefusal } from "./http-failure.ts";
import { type HttpPost, HttpPosts, linkClosed } from "./http-posts.ts";
import { type LinkEvents, LinkLost, type MessageLink } from "./message-link.ts";
import { type ChannelWay, StandingStream } from "./standing-stream.ts";

/** How long an answer's stream may stay open after the answer, in milliseconds. */
const LINGER = 1000;

/** What a link over HTTP is made of. */
export interface HttpLinkParts {
  readonly url: string;
  readonly door: HttpDoor;
  readonly clock: Clock;
  /** The most bytes of one message. */
  readonly limit: number;
  /** Whose credentials the session uses at first. */
  readonly call: McpCall;
}

/** Streamable HTTP of the session era (2025-03-26 to 2025-11-25): a POST a message, and a GET for what the server says by itself. */
export class StreamableHttpLink implements MessageLink {
  readonly relates = true;
  readonly #parts: HttpLinkParts;
  /** Whose credentials are used: a user's token is renewed, and the session outlives it. */
  #call: McpCall;
  readonly #posts: HttpPosts;
  #events: LinkEvents | undefined;
  #sessionId: string | undefined;
  #version: string | undefined;
  readonly #standing: StandingStream;
  #over = false;

  /** With `sessionId` it goes on with a session. */
  constructor(parts: HttpLinkParts, sessionId?: string) {
    this.#parts = parts;
    this.#call = parts.call;
    this.#posts = new HttpPosts(parts.clock);
    this.#sessionId = sessionId;
    this.#standing = new StandingStream({
      way: (cancel) => this.#way(cancel),
      message: (message, about) => this.#incoming(message, about),
      refused: (error) => {
        if (isGone(error)) this.#gone();
      },
    });
  }

  /** Undefined when the server has given none. */
  get sessionId(): string | undefined {
    return this.#sessionId;
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
    const post = this.#posts.begin(message);
    const { request } = post;
    try {
      const answer = await this.#send({ method: "POST", body: JSON.stringify(message) }, post.cancel);
      if (message["method"] === "initialize") this.#sessionId ??= sessionIdOf(answer);
      if (answer.status < 200 || answer.status > 299) throw await this.#refusal(answer);
      if (request !== undefined) return void this.#answered(request, answer, post);
      answer.body.cancel();
      post.over();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : linkClosed();
      post.over();
      // Before the others hear that the session is gone: this one alone is known not to have been looked at.
      if (request !== undefined) this.#events?.failed(request, error);
      if (isGone(error)) this.#gone();
      throw error;
    }
  }

  async listen(): Promise<void> {
    if (!this.#over) await this.#standing.open();
  }

  unlisten(): void {
    this.#standing.close();
  }

  abandon(id: RequestId): void {
    this.#posts.abandon(id);
  }

  async close(end: boolean): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.unlisten();
    this.#posts.abandonAll();
    if (!end || this.#sessionId === undefined) return;
    // The server may refuse, or be gone: the session is over for us all the same.
    const cancel = new HttpCancel();
    const stop = limited(this.#parts.clock, cancel);
    const answer = await this.#send({ method: "DELETE" }, cancel).catch(() => undefined);
    stop();
    answer?.body.cancel();
  }

  async #answered(id: RequestId, answer: UpstreamAnswer, post: HttpPost): Promise<void> {
    try {
      const kind = bodyKind(answer.headers);
      if (kind === "json") this.#incoming(await readJson(answer.body, this.#parts.limit), id);
      else if (kind === "events") await this.#streamed(id, answer, post.cancel);
      else if (answer.status === 202) answer.body.cancel();
      else throw new HttpRefusal(answer.status);
      // What says nothing of the request is told as a failure; after the answer it is told to nobody.
      if (answer.status !== 202)
        this.#events?.failed(id, new LinkLost("The upstream server gave no result.", { received: true }));
    } catch (error) {
      if (isGone(error)) this.#gone();
      this.#events?.failed(id, error instanceof Error ? error : linkClosed());
    } finally {
      post.over();
    }
  }

  async #streamed(id: RequestId, answer: UpstreamAnswer, cancel: HttpCancel): Promise<void> {
    let stopLinger: (() => void) | undefined;
    const channel = new EventChannel({
      ...this.#way(cancel),
      cancel,
      alive: () => this.#events?.alive(id),
      message: (message) => {
        this.#incoming(message, id);
        if (isAnswerTo(id, message)) stopLinger ??= this.#parts.clock.after(LINGER, () => cancel.abort(linkClosed()));
      },
      done: () => stopLinger !== undefined,
      endless: false,
    });
    try {
      await channel.run(answer);
    } finally {
      stopLinger?.();
    }
  }

  #way(cancel: HttpCancel): ChannelWay {
    const { clock, limit } = this.#parts;
    return {
      clock,
      limit,
      reopen: async (lastEventId: string): Promise<UpstreamAnswer> => {
        const answer = await this.#send({ method: "GET" }, cancel, lastEventId);
        if (answer.status === 200) return answer;
        const error = await this.#refusal(answer);
        // Whatever the stream was of has been received long ago.
        throw isGone(error) ? gone(true) : error;
      },
    };
  }

  #send(request: Pick<DoorRequest, "method" | "body">, cancel: HttpCancel, lastEventId = ""): Promise<UpstreamAnswer> {
    const { url, door } = this.#parts;
    const headers = new HeaderList();
    const stream = "text/event-stream";
    headers.append("accept", request.method === "POST" ? `application/json, ${stream}` : stream);
    if (request.method === "POST") headers.append("content-type", "application/json");
    if (this.#sessionId !== undefined) headers.append("mcp-session-id", this.#sessionId);
    // Before 2025-06-18 there was no such header.
    if (this.#version !== undefined) headers.append("mcp-protocol-version", this.#version);
    if (lastEventId !== "") headers.append("last-event-id", lastEventId);
    return door.send({ ...request, url, headers }, this.#call, cancel);
  }

  async #refusal(answer: UpstreamAnswer): Promise<McpError> {
    const error = await failureOf(answer);
    return this.#sessionId !== undefined && saysGone(error) ? gone(false) : error;
  }

  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.unlisten();
    this.#events?.closed(gone(true));
  }

  /** 2025-03-26 allows several messages in one. */
  #incoming(json: Json, about: RequestId | undefined): void {
    for (const message of Array.isArray(json) ? json : [json]) {
      if (isObject(message)) this.#events?.message(message, about);
    }
  }
}

function isAnswerTo(id: RequestId, json: Json): boolean {
  if (Array.isArray(json)) return json.some((message) => isAnswerTo(id, message));
  return isObject(json) && json["id"] === id && json["method"] === undefined;
}

/** A session id is visible ASCII; anything else could not be sent back. */
function sessionIdOf({ headers }: UpstreamAnswer): string | undefined {
  const id = headers.get("mcp-session-id");
  return id !== null && /^[\x21-\x7e]{1,2048}$/.test(id) ? id : undefined;
}

/** 404 is how a server says that it does not know the session, without having looked at the message; some say it in words by 400. */
function saysGone({ status, code, message }: HttpRefusal): boolean {
  if (status === 404) return code !== ERROR_CODES.methodNotFound;
  return status === 400 && code <= -32000 && code > -32020 && /\bsession\b/i.test(message);
}

function gone(received: boolean): LinkLost {
  return new LinkLost("The upstream server has ended the session.", { received, sessionGone: true });
}

function isGone(error: unknown): boolean {
  return error instanceof LinkLost && error.sessionGone;
}
