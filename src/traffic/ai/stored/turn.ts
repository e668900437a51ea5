import type { ChatRequest } from "../../../core/chat.ts";
import type { ResponseTarget } from "../../../core/codec.ts";
import type { Exchange } from "../../../core/exchange.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { SseFrame } from "../../../core/sse.ts";
import { parseObject } from "../../../protocols/json-splice.ts";
import { inputItems, itemsAgain } from "../../../protocols/openai-responses/items.ts";
import { affinity, idOf, remember } from "../affinity.ts";
import type { Answer } from "../call.ts";
import type { Preference } from "../../credential-pool.ts";
import type { Inbound } from "../inbound.ts";
import type { Target } from "../target.ts";
import { type Earlier, findEarlier } from "./earlier.ts";
import { keepsAnswers } from "./keeps.ts";
import { freshId, type StoredDeps } from "./stored-deps.ts";

/** A request to OpenAI's Responses: what it goes on from, and what becomes of its answer. */
export class Turn {
  /** The request as providers get it: with the earlier items in its input when the gateway keeps them. */
  readonly inbound: Inbound;
  readonly targets: readonly Target[];
  readonly #deps: StoredDeps;
  readonly #exchange: Exchange;
  readonly #earlier: Earlier;
  readonly #body: JsonObject;
  #own: readonly JsonObject[] | undefined;
  #remembered = false;
  #large = false;

  private constructor(
    deps: StoredDeps,
    exchange: Exchange,
    asked: Inbound,
    targets: readonly Target[],
    earlier: Earlier,
  ) {
    this.#deps = deps;
    this.#exchange = exchange;
    this.#earlier = earlier;
    this.#body = asked.body;
    this.targets = earlier.targets ?? targets;
    this.inbound = earlier.items === undefined ? asked : asked.continued(inputOf(earlier.items, this.#ownItems));
    this.inbound.keptHere = deps.answers !== undefined;
  }

  /** Finds what the request goes on from. Throws a Fault when that is not there. */
  static async take(deps: StoredDeps, exchange: Exchange, asked: Inbound, targets: readonly Target[]): Promise<Turn> {
    const earlier = await findEarlier(deps, exchange.record.consumer, asked, targets);
    return new Turn(deps, exchange, asked, targets, earlier);
  }

  /** The credential a target shall be asked with: that of the earlier answer, else the consumer's own where answers are kept. */
  async prefer(target: Target): Promise<Preference | undefined> {
    const { maker } = this.#earlier;
    if (maker === undefined && !this.#providerKeeps(target)) return undefined;
    return affinity(target, maker, this.#exchange.record.consumer);
  }

  /** What the encoder of the answer must know: its id, and the request as it was understood. */
  responseTarget(answer: Answer, target: ResponseTarget): ResponseTarget {
    const { outgoing } = answer;
    if (outgoing.native) return target;
    const kept = this.#keepsThere(answer) || (this.#keepsHere(answer) && this.#fits());
    const request = echoed(this.inbound.chat, this.#body, kept);
    return {
      ...target,
      request,
      ...(outgoing.protocol === "openai-responses" ? {} : { answerId: `resp_${freshId()}` }),
    };
  }

  /** Notes what an answer's `Response` object tells. To be awaited before the client gets it: it may go on from it at once. */
  async note(answer: Answer, response: JsonObject, whole: boolean): Promise<void> {
    const id = idOf(response["id"]);
    if (id === undefined || response["status"] === "failed") return;
    const { consumer } = this.#exchange.record;
    if (this.#keepsThere(answer) && !this.#remembered) {
      this.#remembered = true;
      await remember(this.#deps.store, { target: answer.target, credential: answer.credential, consumer }, [id]);
    }
    if (!whole) return;
    try {
      await this.#keep(answer, id, response);
    } catch (cause) {
      this.#lost("the store cannot be reached");
      this.#exchange.record.detail ??= cause instanceof Error ? cause.message : "the store failed";
    }
  }

  /** Notes what the frames of a whole stream tell. */
  async noteStream(answer: Answer, frames: readonly SseFrame[]): Promise<void> {
    const last = frames.at(-1);
    const { response } = last === undefined || "comment" in last ? {} : (parseObject(last.data) ?? {});
    if (isObject(response)) await this.note(answer, response, true);
  }

  /** Whether the answer may be kept at all: what comes before it is not too large already. */
  #fits(): boolean {
    const { maxSize } = this.#deps.answers?.limits ?? { maxSize: 0 };
    if (JSON.stringify(this.#input).length <= maxSize) return true;
    this.#lost("the input is larger than what is kept");
    this.#large = true;
    return false;
  }

  async #keep(answer: Answer, id: string, response: JsonObject): Promise<void> {
    const { consumer } = this.#exchange.record;
    const { answers, conversations } = this.#deps;
    if (answers !== undefined && this.#keepsHere(answer) && !this.#large) {
      if (!(await answers.keep(consumer, id, { response, input: this.#input }))) this.#lost("larger than what is kept");
    }
    const { conversation } = this.#earlier;
    if (conversations === undefined || conversation === undefined) return;
    const output = Array.isArray(response["output"]) ? response["output"].filter(isObject) : [];
    if (!(await conversations.add(consumer, conversation, [...this.#ownItems, ...output])))
      this.#lost("larger than what is kept", "conversation");
  }

  #lost(detail: string, field = "store"): void {
    this.#exchange.record.losses.push({ field, kind: "dropped", detail });
  }

  /** The request's own items. Not looked at before they are needed: a provider of this protocol finds their faults itself. */
  get #ownItems(): readonly JsonObject[] {
    return (this.#own ??= inputItems(this.#body["input"], freshId));
  }

  /** All that the answer answers. */
  get #input(): readonly JsonObject[] {
    return [...(this.#earlier.items ?? []), ...this.#ownItems];
  }

  get #wanted(): boolean {
    return this.#body["store"] !== false;
  }

  #keepsThere(answer: Answer): boolean {
    return this.#wanted && answer.outgoing.protocol === "openai-responses" && this.#providerKeeps(answer.target);
  }

  #keepsHere(answer: Answer): boolean {
    return this.#wanted && this.#deps.answers !== undefined && !this.#keepsThere(answer);
  }

  #providerKeeps(target: Target): boolean {
    return keepsAnswers(target, target.modelFor(this.inbound.model));
  }
}

/** A list of items that goes on from earlier ones. */
function inputOf(earlier: readonly JsonObject[], own: readonly JsonObject[]): Json[] {
  return [...itemsAgain(earlier), ...itemsAgain(own)];
}

/** The request as an answer repeats it: what it went on from, whether the answer is kept, and nothing that did not come about. */
function echoed(chat: ChatRequest, body: JsonObject, store: boolean): ChatRequest {
  const { background: _, ...fields } = chat.rest?.fields ?? {};
  const { previous_response_id: previous, conversation } = body;
  const id = idOf(conversation);
  return {
    ...chat,
    store,
    rest: {
      protocol: "openai-responses",
      fields: {
        ...fields,
        ...(typeof previous === "string" ? { previous_response_id: previous } : {}),
        ...(id === undefined ? {} : { conversation: { id } }),
      },
    },
  };
}
