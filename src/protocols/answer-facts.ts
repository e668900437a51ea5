import type { FinishReason } from "../core/chat.ts";
import type { AnswerFacts, Codec, FactsReader } from "../core/codec.ts";
import { faultOf } from "../core/error-event.ts";
import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { ClientProtocol } from "../core/protocol.ts";
import type { SseEvent } from "../core/sse.ts";
import { codecFor } from "./index.ts";

export type { AnswerFacts } from "../core/codec.ts";

/** The facts of a whole answer; what is not there or not what the protocol says is left out. */
export function readFacts(protocol: ClientProtocol, body: JsonObject): AnswerFacts {
  const facts: AnswerFacts = {};
  codecFor(protocol).tap.readFacts(body, facts);
  return facts;
}

/** The facts of a stream, gathered from its telling events. */
export class StreamFacts {
  readonly facts: AnswerFacts = {};
  readonly #codec: Codec;
  readonly #reader: FactsReader;
  readonly #finish = (reason: FinishReason, index = 0): void => this.#finishChoice(reason, index);
  #finished: number[] | undefined;

  constructor(codec: Codec) {
    this.#codec = codec;
    this.#reader = codec.tap.factsReader();
  }

  /** How many of the answers asked for have finished. */
  get finishes(): number {
    return this.#finished?.length ?? 0;
  }

  /** `body` is the event's data as an object, undefined when it is none. */
  read(event: SseEvent, body: JsonObject | undefined): void {
    if (body !== undefined) this.#reader.read(body, this.facts, this.#finish);
    if (body !== undefined && !("error" in body) && event.event !== "error") return;
    const fault = this.#faultIn(event);
    if (fault !== undefined) this.facts.fault ??= fault;
  }

  #finishChoice(reason: FinishReason, index: number): void {
    this.facts.finish ??= reason;
    this.#finished ??= [];
    if (!this.#finished.includes(index)) this.#finished.push(index);
  }

  /** The fault in an event, read as the codec reads it. */
  #faultIn(event: SseEvent): Fault | undefined {
    for (const decoded of this.#codec.stream.decoder().step(event)) {
      if (decoded.type === "error") return faultOf(decoded);
    }
    return undefined;
  }
}
