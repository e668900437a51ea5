import type { Clock } from "#src/core/clock.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import type { Store } from "#src/core/store.ts";
import type { Incoming } from "../incoming.ts";
import { ANSWER_LIFE } from "../settings.ts";
import type { ControlBus } from "./control.ts";
import type { LegacySession } from "./session.ts";

type Answer = Extract<Incoming, { type: "response" }>;

/** A question that a client of the session era has been asked. */
interface Pending {
  readonly session: string;
  readonly answer: PromiseWithResolvers<JsonObject>;
  readonly stop: () => void;
}

/** What the asker holds of a question. */
export interface Asked {
  /** The JSON-RPC id to ask with. */
  readonly id: string;
  readonly answer: Promise<JsonObject>;
}

/**
 * Questions to clients of the session era. The answer may come to any replica, which puts it in the store and tells the others: the one
 * that asked finds it there.
 */
export class Asks {
  readonly #store: Store;
  readonly #bus: ControlBus;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  readonly #unhear: () => void;

  constructor(store: Store, bus: ControlBus, clock: Clock) {
    this.#store = store;
    this.#bus = bus;
    this.#clock = clock;
    this.#unhear = bus.hear(
      (message) => (message.type === "answer" ? void this.#fetch(message.ask) : undefined),
      () => void this.#fetchAll(),
    );
  }

  /** A question to be sent; its answer rejects with an McpError when the client refuses, or does not answer in time. */
  ask(session: LegacySession, signal: AbortSignal): Asked {
    const id = crypto.randomUUID();
    const answer = Promise.withResolvers<JsonObject>();
    const fail = (message: string): void => {
      this.#take(id)?.answer.reject(new McpError(ERROR_CODES.internalError, message));
    };
    const cancelTimer = this.#clock.after(ANSWER_LIFE, () => fail("The client did not answer in time."));
    const abort = (): void => fail("The request was cancelled.");
    signal.addEventListener("abort", abort, { once: true });
    const stop = (): void => {
      cancelTimer();
      signal.removeEventListener("abort", abort);
    };
    this.#pending.set(id, { session: session.id, answer, stop });
    return { id, answer: answer.promise };
  }

  /** A client's answer, come to this replica. One that nobody waits for is let go. */
  async answered(session: LegacySession, response: Answer): Promise<void> {
    const ask = String(response.id);
    if (this.#pending.has(ask)) return this.#settle(ask, session.id, response);
    const value = {
      session: session.id,
      response: "result" in response ? { result: response.result } : { error: response.error },
    };
    await this.#store.set(key(ask), JSON.stringify(value), ANSWER_LIFE);
    await this.#bus.tell({ type: "answer", ask });
  }

  close(): void {
    this.#unhear();
    for (const id of this.#pending.keys())
      this.#take(id)?.answer.reject(new McpError(ERROR_CODES.internalError, "The gateway is closing."));
  }

  async #fetchAll(): Promise<void> {
    await Promise.all([...this.#pending.keys()].map((ask) => this.#fetch(ask)));
  }

  async #fetch(ask: string): Promise<void> {
    if (!this.#pending.has(ask)) return;
    const text = await this.#store.get(key(ask)).catch(() => undefined);
    const value = text === undefined ? null : (JSON.parse(text) as Json);
    if (!isObject(value) || typeof value["session"] !== "string" || !isObject(value["response"])) return;
    const { result, error } = value["response"];
    if (isObject(result)) this.#settle(ask, value["session"], { type: "response", id: ask, result });
    else if (isObject(error)) this.#settle(ask, value["session"], { type: "response", id: ask, error });
    await this.#store.delete(key(ask)).catch(() => {});
  }

  #settle(ask: string, session: string, response: Answer): void {
    // Nobody answers for another session.
    if (this.#pending.get(ask)?.session !== session) return;
    const pending = this.#take(ask);
    if ("result" in response) pending?.answer.resolve(response.result);
    else pending?.answer.reject(refusal(response.error));
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.stop();
    return pending;
  }
}

function refusal({ code, message, data }: JsonObject): McpError {
  return new McpError(
    typeof code === "number" ? code : ERROR_CODES.internalError,
    typeof message === "string" ? message : "The client refused.",
    data,
  );
}

function key(ask: string): string {
  return `mcp:answer:${ask}`;
}
