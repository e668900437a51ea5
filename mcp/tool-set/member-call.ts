import { CallAround } from "#src/core/mcp/call-around.ts";
import { whenEnded } from "#src/core/mcp/call-end.ts";
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

/** A call whose arguments the set has made of others. */
export class ChangedArguments extends CallAround {
  override get argumentsChanged(): boolean {
    return true;
  }
}

/** A call as one member sees it. */
export class MemberCall extends CallAround {
  readonly #session: MemberSession | undefined;
  readonly #signal: AbortSignal | undefined;

  /** `signal` ends it before the client does. */
  constructor(call: McpCall, member: string, signal?: AbortSignal) {
    super(call);
    this.#signal = signal;
    this.#session = call.session === undefined ? undefined : new MemberSession(call.session, member);
  }

  override get session(): MemberSession | undefined {
    return this.#session;
  }

  override get signal(): AbortSignal {
    return this.#signal ?? this.call.signal;
  }

  whenEnded(ended: () => void): () => void {
    return whenEnded(this.#signal === undefined ? this.call : { signal: this.#signal }, ended);
  }
}
