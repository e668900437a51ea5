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

/** The answer to one POST of the stateless era: plain JSON when nothing comes before the result, else a stream. */
export class Reply implements CallReply {
  readonly response: Promise<Response>;
  readonly #id: RequestId;
  readonly #exchange: Exchange;
  readonly #world: ServeWorld;
  readonly #resolve: (response: Response) => void;
  #stream: SseAnswer | undefined;
  #left: (() => void) | undefined;

  constructor(id: RequestId, exchange: Exchange, world: ServeWorld) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.response = promise;
    this.#resolve = resolve;
    this.#id = id;
    this.#exchange = exchange;
    this.#world = world;
  }

  onLeft(left: () => void): void {
    this.#left = left;
    this.#exchange.signal.addEventListener("abort", this.#gone, { once: true });
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

  readonly #gone = (): void => {
    const left = this.#left;
    this.#forget();
    left?.();
  };

  #forget(): void {
    this.#left = undefined;
    this.#exchange.signal.removeEventListener("abort", this.#gone);
  }
}
