import { isObject } from "../../../core/json.ts";
import type { Loss } from "../../../core/protocol.ts";
import { createSseDecoder } from "../../../core/sse.ts";
import type { AnswerFacts } from "../../../protocols/answer-facts.ts";
import { parseObject } from "../../../core/json-splice.ts";
import type { AnswerNote } from "./note.ts";
import { after, type Passed, type StreamWork } from "../stream-work.ts";

/** Events of a Responses stream that hold the `Response` object: the first, and those of which one is the last. */
const BEGUN = "response.created";
const WHOLE: ReadonlySet<unknown> = new Set(["response.completed", "response.incomplete"]);
const MARK = /"type"\s*:\s*"response\.(?:created|completed|incomplete)"/;
const MAX_EVENT = 64 * 1024 * 1024;
const utf8 = new TextDecoder();

/** Tells of the answer that another work writes as a stream of OpenAI's Responses: once when it begins, once when it is whole. */
export class NotingWork implements StreamWork {
  /** What has to be over before the client gets what was written last. */
  pending: Promise<void> | undefined;
  readonly #work: StreamWork;
  readonly #note: AnswerNote;

  constructor(work: StreamWork, note: AnswerNote) {
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

  push(bytes: Uint8Array): Passed | Promise<Passed> {
    return after(this.#work.push(bytes), (passed) => this.#noted(passed));
  }

  end(): Passed | Promise<Passed> {
    return after(this.#work.end(), (passed) => this.#noted(passed));
  }

  /** Works pass whole events on, so that what one gives can be read by itself. */
  #noted(bytes: Uint8Array | undefined): Uint8Array | undefined {
    this.pending = undefined;
    if (bytes === undefined || !MARK.test(utf8.decode(bytes))) return bytes;
    for (const { data } of createSseDecoder({ maxEventBytes: MAX_EVENT }).push(bytes)) {
      const { type, response } = parseObject(data) ?? {};
      if (!isObject(response)) continue;
      if (type === BEGUN) this.#note.begun(response);
      else if (WHOLE.has(type)) this.pending = this.#note.whole(response);
    }
    return bytes;
  }
}
