import type { JsonObject } from "#src/core/json.ts";
import type { McpNotification, McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, McpSession } from "#src/core/mcp/server.ts";

/** A member's part of a client's session: what two members keep under the same key are two things. */
export class MemberSession implements McpSession {
  readonly id: string;
  readonly #session: McpSession;
  readonly #member: string;

  constructor(session: McpSession, member: string) {
    this.id = `${session.id}/${member}`;
    this.#session = session;
    this.#member = member;
  }

  get ended(): AbortSignal {
    return this.#session.ended;
  }

  get(key: string): Promise<string | undefined> {
    return this.#session.get(`${this.#member}/${key}`);
  }

  set(key: string, value: string): Promise<void> {
    return this.#session.set(`${this.#member}/${key}`, value);
  }
}

/** A call as one member sees it. */
export class MemberCall implements McpCall {
  readonly session: MemberSession | undefined;
  readonly #call: McpCall;
  readonly #signal: AbortSignal | undefined;

  /** `signal` ends it before the client does. */
  constructor(call: McpCall, member: string, signal?: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
    this.session = call.session === undefined ? undefined : new MemberSession(call.session, member);
  }

  get client(): McpCall["client"] {
    return this.#call.client;
  }

  get caller(): McpCall["caller"] {
    return this.#call.caller;
  }

  get headers(): McpCall["headers"] {
    return this.#call.headers;
  }

  get signal(): AbortSignal {
    return this.#signal ?? this.#call.signal;
  }

  notify(notification: McpNotification): void {
    this.#call.notify(notification);
  }

  ask(request: McpRequest): Promise<JsonObject> {
    return this.#call.ask(request);
  }
}
