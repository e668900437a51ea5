import type { AccessRecord } from "../../../core/exchange.ts";
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { SseFrame } from "../../../core/sse.ts";
import { parseObject } from "../../../core/json-splice.ts";
import { idOf, type Made, remember } from "../affinity.ts";
import type { StoredDeps } from "./stored-deps.ts";

/** What becomes of one answer. It may live as long as a stream, so it holds no more of the request than is kept. */
export interface NoteOptions {
  readonly deps: StoredDeps;
  readonly record: AccessRecord;
  /** Who made the answer, when its provider keeps it. */
  readonly made: Made | undefined;
  /** All that the answer answers, when the gateway keeps it. */
  readonly input: readonly JsonObject[] | undefined;
  /** The gateway's conversation that the request belongs to, and the request's own items. */
  readonly conversation: { readonly id: string; readonly items: readonly JsonObject[] } | undefined;
}

/** Notes what the `Response` object of an answer tells. */
export class AnswerNote {
  readonly #options: NoteOptions;
  #remembered: Promise<void> | undefined;

  constructor(options: NoteOptions) {
    this.#options = options;
  }

  /** The answer has begun: whoever knows its id may ask for it from now on. Nothing has to wait for this. */
  begun(response: JsonObject): void {
    const { made, deps } = this.#options;
    const id = idOf(response["id"]);
    if (made !== undefined && id !== undefined) this.#remembered ??= remember(deps.store, made, [id]);
  }

  /** The answer is whole. To be awaited before the client gets it: it may go on from it at once. */
  async whole(response: JsonObject): Promise<void> {
    if (response["status"] === "failed") return;
    this.begun(response);
    await this.#remembered;
    try {
      await this.#keep(response);
    } catch (cause) {
      this.#lost("store", "the store cannot be reached");
      this.#options.record.detail ??= cause instanceof Error ? cause.message : "the store failed";
    }
  }

  /** The frames of a stream that is whole already, the last of which tells the answer. */
  async ended(frames: readonly SseFrame[]): Promise<void> {
    const last = frames.at(-1);
    const { response } = last === undefined || "comment" in last ? {} : (parseObject(last.data) ?? {});
    if (isObject(response)) await this.whole(response);
  }

  async #keep(response: JsonObject): Promise<void> {
    const { deps, record, input, conversation } = this.#options;
    const id = idOf(response["id"]);
    if (deps.answers !== undefined && input !== undefined && id !== undefined) {
      const kept = await deps.answers.keep(record.consumer, id, { response, input });
      if (!kept) this.#lost("store", "larger than what is kept");
    }
    if (deps.conversations === undefined || conversation === undefined) return;
    const output = Array.isArray(response["output"]) ? response["output"].filter(isObject) : [];
    const added = await deps.conversations.add(record.consumer, conversation.id, [...conversation.items, ...output]);
    if (!added) this.#lost("conversation", "larger than what is kept");
  }

  #lost(field: string, detail: string): void {
    this.#options.record.losses.push({ field, kind: "dropped", detail });
  }
}
