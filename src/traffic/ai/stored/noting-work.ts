import { isObject, type JsonObject } from "../../../core/json.ts";
import type { Loss } from "../../../core/protocol.ts";
import { createSseDecoder } from "../../../core/sse.ts";
import type { AnswerFacts } from "../../../protocols/answer-facts.ts";
import { parseObject } from "../../../protocols/json-splice.ts";
import type { StreamWork } from "../stream-work.ts";

/** Events of a Responses stream that hold the whole `Response` object, by whether it is complete. */
const TELLING: ReadonlyMap<unknown, boolean> = new Map([
  ["response.created", false],
  ["response.completed", true],
  ["response.incomplete", true],
]);
const MARK = /"type"\s*:\s*"response\.(?:created|completed|incomplete)"/;
const MAX_EVENT = 64 * 1024 * 1024;
const utf8 = new TextDecoder();

/** Tells of the answer that another work writes as a stream of OpenAI's Responses: once when it begins, once when it is whole. */
export class NotingWork implements StreamWork {
  /** What has to be over before the client gets what was written last. */
  pending: Promise<void> | undefined;
  readonly #work: StreamWork;
  readonly #note: (response: JsonObject, whole: boolean) => Promise<void>;

  constructor(work: StreamWork, note: (response: JsonObject, whole: boolean) => Promise<void>) {
    this.#work = work;
    this.#note = note;
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

  push(bytes: Uint8Array): Uint8Array | undefined {
    return this.#noted(this.#work.push(bytes));
  }

  end(): Uint8Array | undefined {
    return this.#noted(this.#work.end());
  }

  /** Works pass whole events on, so that what one gives can be read by itself. */
  #noted(bytes: Uint8Array | undefined): Uint8Array | undefined {
    this.pending = undefined;
    if (bytes === undefined || !MARK.test(utf8.decode(bytes))) return bytes;
    const waits: Promise<void>[] = [];
    for (const { data } of createSseDecoder({ maxEventBytes: MAX_EVENT }).push(bytes)) {
      const { type, response } = parseObject(data) ?? {};
      const whole = TELLING.get(type);
      if (whole !== undefined && isObject(response)) waits.push(this.#note(response, whole));
    }
    if (waits.length > 0) this.pending = Promise.all(waits).then(() => {});
    return bytes;
  }
}
