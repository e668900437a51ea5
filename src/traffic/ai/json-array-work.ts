import type { Exchange } from "../../core/exchange.ts";
import type { Loss } from "../../core/protocol.ts";
import { createSseDecoder, type SseFrame } from "../../core/sse.ts";
import type { AnswerFacts } from "../../protocols/answer-facts.ts";
import { createJsonArray } from "../../protocols/gemini/json-array.ts";
import type { Inbound } from "./inbound.ts";
import { after, type Passed, type StreamWork } from "./stream-work.ts";

const MAX_EVENT = 16 * 1024 * 1024;
const encoder = new TextEncoder();

/** Gemini's streams are one JSON array unless the client asks for server-sent events (`alt=sse`). */
export function wantsArray(
  { search }: Pick<Exchange, "search">,
  { protocol, stream }: Pick<Inbound, "protocol" | "stream">,
): boolean {
  return protocol === "gemini" && stream && new URLSearchParams(search).get("alt") !== "sse";
}

/** A whole stream as such an array. */
export function arrayOf(frames: readonly SseFrame[]): string {
  const array = createJsonArray();
  return [...frames.flatMap((frame) => array.step(frame)), ...array.end()].join("");
}

/** Puts what another work writes as server-sent events into a JSON array. */
export class JsonArrayWork implements StreamWork {
  readonly #work: StreamWork;
  readonly #sse = createSseDecoder({ maxEventBytes: MAX_EVENT });
  readonly #array = createJsonArray();

  constructor(work: StreamWork) {
    this.#work = work;
  }

  get facts(): AnswerFacts {
    return this.#work.facts;
  }

  get told(): boolean {
    return this.#work.told;
  }

  get losses(): readonly Loss[] {
    return this.#work.losses;
  }

  push(bytes: Uint8Array): Passed | Promise<Passed> {
    return after(this.#work.push(bytes), (passed) => {
      const text = this.#reframed(passed);
      // Nothing comes behind an error that the client was told of.
      return encoded(this.told ? text + this.#close() : text);
    });
  }

  end(): Passed | Promise<Passed> {
    return after(this.#work.end(), (passed) => {
      const text = this.#reframed(passed);
      // An error that is still to be told closes the array itself.
      const open = this.facts.fault !== undefined && !this.told;
      return encoded(open ? text : text + this.#close());
    });
  }

  /** The last element, and the end of the array. */
  last(frames: readonly SseFrame[]): string {
    return frames.flatMap((frame) => this.#array.step(frame)).join("") + this.#close();
  }

  #reframed(bytes: Uint8Array | undefined): string {
    if (bytes === undefined) return "";
    return this.#sse
      .push(bytes)
      .flatMap(({ data }) => this.#array.step({ data }))
      .join("");
  }

  #close(): string {
    return this.#array.end().join("");
  }
}

function encoded(text: string): Uint8Array | undefined {
  return text === "" ? undefined : encoder.encode(text);
}
