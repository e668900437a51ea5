import type { Clock } from "#src/core/clock.ts";
import type { Exchange } from "#src/core/exchange.ts";
import type { RequestId } from "#src/core/mcp/messages.ts";
import type { CallReply } from "./call-reply.ts";
import { errorText, jsonAnswer, mcpErrorOf, modernError, resultText, statusOf } from "./outgoing.ts";
import { noteFailure } from "./failures.ts";
import { noteResult } from "./noted.ts";
import { refusalOf } from "./refusals.ts";
import { SseAnswer } from "./sse-answer.ts";
import { KEEP_ALIVE, type ServeWorld } from "./settings.ts";
import type { JsonObject } from "#src/core/json.ts";

/** What a reply needs. */
export interface ReplyWorld extends ServeWorld {
  /** Waits that are mostly called off, and may last somewhat longer. */
  readonly timer: Pick<Clock, "after">;
}

/**
 * How long after the request's begin the client's leaving is listened for, in milliseconds. Most answers are there by then, and are spared
 * an AbortSignal, its listener and their end. Who has left by then is heard of all the same: the signal says so.
 */
const LISTENING = 20;

/** The answer to one POST of the stateless era: plain JSON when nothing comes before the result, else a stream. */
export class Reply implements CallReply {
  readonly response: Promise<Response>;
  readonly #id: RequestId;
  readonly #exchange: Exchange;
  readonly #world: ReplyWorld;
  readonly #resolve: (response: Response) => void;
  #stream: SseAnswer | undefined;
  #left: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(id: RequestId, exchange: Exchange, world: ReplyWorld) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#id = id;
    this.#exchange = exchange;
    this.#world = world;
  }

  onLeft(left: () => void): void {
    this.#left = left;
    this.#stopListening = this.#world.timer.after(LISTENING, this.#listen);
  }

  message(text: string): void {
    this.#opened().event(text);
  }

  result(result: JsonObject): void {
    noteResult(this.#exchange, result);
    this.#end(resultText(this.#id, result), 200);
  }

  /** What went wrong; a refusal is an HTTP answer of its own as long as nothing was sent. */
  failed(thrown: unknown): void {
    const refusal = this.#stream === undefined ? refusalOf(thrown) : undefined;
    noteFailure(this.#exchange, thrown);
    const error = modernError(mcpErrorOf(thrown));
    if (refusal === undefined) return this.#end(errorText(this.#id, error), statusOf(error));
    this.#forget();
    this.#resolve(refusal);
  }

  #opened(): SseAnswer {
    if (this.#stream !== undefined) return this.#stream;
    const release = this.#exchange.hold();
    const { openStream, clock } = this.#world;
    const over = (left: boolean): void => {
      if (left) this.#gone();
      release();
    };
    this.#stream = new SseAnswer({ openStream, clock, keepAlive: KEEP_ALIVE, over });
    this.#resolve(this.#stream.response());
    return this.#stream;
  }

  #end(text: string, status: number): void {
    this.#forget();
    if (this.#stream === undefined) return this.#resolve(jsonAnswer(text, status));
    this.#stream.event(text);
    this.#stream.close();
  }

  readonly #listen = (): void => {
    const { signal } = this.#exchange;
    if (signal.aborted) return this.#gone();
    signal.addEventListener("abort", this.#gone, { once: true });
    this.#stopListening = () => signal.removeEventListener("abort", this.#gone);
  };

  readonly #gone = (): void => {
    const left = this.#left;
    this.#forget();
    left?.();
  };

  #forget(): void {
    this.#left = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
