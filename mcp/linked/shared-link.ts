import type { Clock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type McpRequest } from "#src/core/mcp/messages.ts";
import type { McpCall, ServerDescription, Subscription, SubscriptionFilter } from "#src/core/mcp/server.ts";
import { BackOff, type BackOffSettings } from "./back-off.ts";
import type { LinkClient, LinkSession, OpenLink } from "./link-session.ts";
import { SharedListener } from "./shared-listener.ts";

/** A server that many clients share. */
export interface SharedServer {
  describe(call: McpCall): Promise<ServerDescription>;
  request(request: McpRequest, call: McpCall): Promise<JsonObject>;
  listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription>;
  close(): Promise<void>;
}

/** What one running server that many clients share is made of. */
export interface SharedLinkParts {
  readonly name: string;
  readonly open: OpenLink;
  readonly client: LinkClient;
  readonly clock: Clock;
  readonly restart: BackOffSettings;
  /** Milliseconds after which a server that nobody asks is stopped; 0 is never. */
  readonly idleStop: number;
}

/**
 * One running server for many clients: started when somebody asks, started again when it ended, stopped when nobody asks any more. Those who
 * listen do so across all of that.
 */
export class SharedLink implements SharedServer {
  readonly #parts: SharedLinkParts;
  readonly #backOff: BackOff;
  readonly #listeners = new Set<SharedListener>();
  #opening: Promise<LinkSession> | undefined;
  #session: LinkSession | undefined;
  #description: ServerDescription | undefined;
  #uses = 0;
  #startedAt = 0;
  /** Why it ended last. */
  #reason = "";
  #closed = false;
  #stopTimer: () => void = () => {};

  constructor(parts: SharedLinkParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.restart, parts.clock);
  }

  /** What the server said of itself when it was started last. */
  async describe(): Promise<ServerDescription> {
    return this.#description ?? this.#use(async ({ description }) => description);
  }

  request(request: McpRequest, call: McpCall): Promise<JsonObject> {
    return this.#use((session) => session.request(request, call));
  }

  async listen(filter: SubscriptionFilter, call: McpCall): Promise<Subscription> {
    const listener = new SharedListener(filter, call, () => {
      this.#listeners.delete(listener);
      this.#rest();
    });
    await this.#use((session) => listener.attach(session, false));
    if (!listener.closed) this.#listeners.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    const session = await this.#opening?.catch(() => undefined);
    await session?.close(true);
  }

  async #use<T>(run: (session: LinkSession) => Promise<T>): Promise<T> {
    this.#uses++;
    this.#stopTimer();
    try {
      return await run(await this.#running());
    } finally {
      this.#uses--;
      this.#rest();
    }
  }

  #running(): Promise<LinkSession> {
    if (this.#closed) return Promise.reject(new McpError(ERROR_CODES.internalError, "The server is being closed."));
    const { wait } = this.#backOff;
    if (this.#opening === undefined && wait > 0) return Promise.reject(this.#notNow(wait));
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<LinkSession> {
    const { clock, open, client } = this.#parts;
    this.#startedAt = clock.monotonic();
    const again = this.#description !== undefined;
    let gone: Error | undefined;
    const lost = (error: Error): void => {
      if (gone === undefined) this.#lost(error);
      gone ??= error;
    };
    try {
      const session = await open(client, lost);
      if (gone !== undefined) throw gone;
      this.#session = session;
      this.#description = session.description;
      await Promise.all([...this.#listeners].map((listener) => listener.attach(session, again)));
      return session;
    } catch (error) {
      lost(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** It ended by itself, or did not come up. */
  #lost(error: Error): void {
    this.#opening = undefined;
    this.#session = undefined;
    this.#reason = error.message;
    for (const listener of this.#listeners) listener.detach();
    this.#backOff.failed(this.#parts.clock.monotonic() - this.#startedAt);
    this.#rest();
  }

  #notNow(wait: number): McpError {
    const { name } = this.#parts;
    const seconds = Math.ceil(wait / 1000);
    return new McpError(
      ERROR_CODES.internalError,
      `The server '${name}' keeps ending (${this.#reason}). It is started again in ${seconds} s at the earliest.`,
    );
  }

  /** Looks whether it is to be stopped, or, for those who listen, to be started again. */
  #rest(): void {
    this.#stopTimer();
    if (this.#closed || this.#uses > 0) return;
    const { clock, idleStop } = this.#parts;
    const needed = [...this.#listeners].some(({ needs }) => needs);
    if (this.#session !== undefined) {
      if (idleStop > 0 && !needed) this.#stopTimer = clock.after(idleStop, () => this.#stop());
    } else if (this.#opening === undefined && this.#listeners.size > 0 && this.#reason !== "") {
      this.#stopTimer = clock.after(this.#backOff.wait, () => void this.#use(async () => {}).catch(() => {}));
    }
  }

  /** Those who listen are told nothing: nothing changes while it does not run. */
  #stop(): void {
    const session = this.#session;
    this.#opening = undefined;
    this.#session = undefined;
    this.#reason = "";
    for (const listener of this.#listeners) listener.detach();
    session?.close(true).catch(() => {});
  }
}
