import type { Clock } from "#src/core/clock.ts";
import type { HeaderView } from "#src/core/header-list.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpNotification, type McpRequest } from "#src/core/mcp/messages.ts";
import type { Caller, McpCall, McpClient } from "#src/core/mcp/server.ts";
import { checkAskable } from "./capabilities.ts";
import { notificationText } from "./outgoing.ts";
import type { CallReply } from "./call-reply.ts";
import { completed } from "./results.ts";

/** What a call is made of. */
export interface ModernCallParts {
  readonly request: McpRequest;
  readonly client: McpClient;
  readonly caller: Caller;
  readonly headers: HeaderView;
  readonly clock: Clock;
  /** Keeps a call that waits for its client; answers the sealed state by which it is found again. */
  suspend(call: ModernCall): Promise<string>;
  /** The call is over. */
  done(call: ModernCall): void;
}

/** A question to the client, not answered yet. */
interface Question {
  readonly request: McpRequest;
  readonly answer: PromiseWithResolvers<JsonObject>;
}

type Outcome = { readonly result: JsonObject } | { readonly thrown: unknown };

/** How long questions are gathered, in milliseconds. */
const GATHERING = 10;

/** What may wait for a client that is gathering input. */
const MAX_HELD = 256;

/**
 * A request of a stateless client on its way. Its client is asked by an `input_required` result: the call then waits, attached to no HTTP
 * request, until a retry brings the answers.
 */
export class ModernCall implements McpCall {
  readonly session = undefined;
  readonly client: McpClient;
  readonly caller: Caller;
  readonly headers: HeaderView;
  readonly #parts: ModernCallParts;
  // What most calls never need is made when it is.
  #questions: Map<string, Question> | undefined;
  #held: string[] | undefined;
  #controller: AbortController | undefined;
  #watching: Set<() => void> | undefined;
  #asked = 0;
  #reply: CallReply | undefined;
  #outcome: Outcome | undefined;
  #ended = false;
  #asking = false;

  constructor(parts: ModernCallParts) {
    this.#parts = parts;
    this.client = parts.client;
    this.caller = parts.caller;
    this.headers = parts.headers;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    return this.#controller.signal;
  }

  whenEnded(ended: () => void): () => void {
    if (this.#ended) ended();
    else (this.#watching ??= new Set()).add(ended);
    return () => void this.#watching?.delete(ended);
  }

  /** Ends the call: its client is gone, or never came back. */
  abort(): void {
    this.#ended = true;
    this.#controller?.abort();
    for (const ended of this.#watching ?? []) ended();
    this.#watching = undefined;
    const gone = new McpError(ERROR_CODES.internalError, "The client left.");
    for (const { answer } of this.#questions?.values() ?? []) answer.reject(gone);
    this.#questions = undefined;
    this.#reply = undefined;
    this.#parts.done(this);
  }

  /** The HTTP request that is answered from now on. */
  attach(reply: CallReply): void {
    this.#reply = reply;
    reply.onLeft(() => this.abort());
    for (const text of this.#held ?? []) reply.message(text);
    this.#held = undefined;
    if (this.#outcome !== undefined) this.#finish();
  }

  /** What a retry brings. Questions it leaves open are asked again. */
  answered(responses: JsonObject): void {
    const questions = this.#questions;
    if (questions === undefined) return;
    for (const [key, { answer }] of questions) {
      const response = responses[key];
      if (!isObject(response)) continue;
      questions.delete(key);
      answer.resolve(response);
    }
    if (questions.size > 0) this.#askSoon();
  }

  notify(notification: McpNotification): void {
    const text = notificationText(notification);
    if (this.#reply !== undefined) this.#reply.message(text);
    else if ((this.#held ??= []).length < MAX_HELD) this.#held.push(text);
  }

  async ask(request: McpRequest): Promise<JsonObject> {
    checkAskable(request, this.client.capabilities);
    const answer = Promise.withResolvers<JsonObject>();
    (this.#questions ??= new Map()).set(`${request.method}#${++this.#asked}`, { request, answer });
    this.#askSoon();
    return answer.promise;
  }

  /** Takes over the answer of a server, as `ready` makes it. */
  follow(result: Promise<JsonObject>, ready: (value: JsonObject) => Promise<JsonObject> | JsonObject): void {
    const failed = (thrown: unknown): void => this.#settle({ thrown });
    const settle = (value: JsonObject): void => this.#settle({ result: value });
    result
      .then((value) => {
        const made = ready(value);
        return made instanceof Promise ? made.then(settle) : settle(made);
      })
      .catch(failed);
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome;
    if (this.#reply !== undefined) this.#finish();
  }

  #finish(): void {
    const [reply, outcome] = [this.#reply, this.#outcome];
    this.#reply = undefined;
    this.#parts.done(this);
    if (reply === undefined || outcome === undefined) return;
    if ("result" in outcome) reply.result(completed(this.#parts.request.method, outcome.result));
    else reply.failed(outcome.thrown);
  }

  /** A moment later, so that what is asked side by side is asked together, even where it comes over a wire. */
  #askSoon(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#parts.clock.after(GATHERING, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    try {
      const requestState = await this.#parts.suspend(this);
      const questions = this.#questions;
      if (this.#reply === undefined || questions === undefined || questions.size === 0) return;
      const inputRequests: JsonObject = {};
      for (const [key, { request }] of questions)
        inputRequests[key] = { method: request.method, params: request.params };
      this.#reply.result({ resultType: "input_required", inputRequests, requestState });
      this.#reply = undefined;
    } catch (thrown) {
      this.#settle({ thrown });
    } finally {
      this.#asking = false;
    }
  }
}
