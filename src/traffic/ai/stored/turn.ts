import type { ChatRequest } from "../../../core/chat.ts";
import type { ResponseTarget } from "../../../core/codec.ts";
import type { Exchange } from "../../../core/exchange.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { inputItems, itemsAgain } from "../../../protocols/openai-responses/items.ts";
import { affinity, idOf } from "../affinity.ts";
import type { Answer } from "../call.ts";
import type { Preference } from "../../credential-pool.ts";
import type { Inbound } from "../inbound.ts";
import type { Target } from "../target.ts";
import { type Earlier, findEarlier } from "./earlier.ts";
import { keepsAnswers } from "./keeps.ts";
import { AnswerNote } from "./note.ts";
import { withReferences } from "./references.ts";
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
  #input: readonly JsonObject[] | undefined;
  #large: boolean | undefined;

  private constructor(
    deps: StoredDeps,
    exchange: Exchange,
    asked: Inbound,
    targets: readonly Target[],
    earlier: Earlier,
    input: Json | undefined,
  ) {
    this.#deps = deps;
    this.#exchange = exchange;
    this.#earlier = earlier;
    const asWritten = input === asked.body["input"];
    this.#body = asWritten || input === undefined ? asked.body : { ...asked.body, input };
    this.targets = earlier.targets ?? targets;
    const whole = asWritten && earlier.items === undefined;
    this.inbound = whole ? asked : asked.continued(inputOf(earlier.items ?? [], this.#ownItems));
    this.inbound.keptHere = deps.answers !== undefined;
  }

  /** Finds what the request goes on from. Throws a Fault when that is not there. */
  static async take(deps: StoredDeps, exchange: Exchange, asked: Inbound, targets: readonly Target[]): Promise<Turn> {
    const { consumer } = exchange.record;
    const earlier = await findEarlier(deps, consumer, asked, targets);
    const written = asked.body["input"];
    // What a provider keeps it looks up itself.
    if (earlier.targets !== undefined) return new Turn(deps, exchange, asked, targets, earlier, written);
    const alone = !targets.some((target) => keepsAnswers(target, target.modelFor(asked.model)));
    const where = { answers: deps.answers, consumer, earlier: earlier.items ?? [], alone };
    return new Turn(deps, exchange, asked, targets, earlier, await withReferences(written, where));
  }

  /**
   * The credential a target shall be asked with: that of the earlier answer, else the consumer's own where answers are kept. Where there are
   * no consumers all requests would have the same, so they take turns.
   */
  async prefer(target: Target): Promise<Preference | undefined> {
    const { maker } = this.#earlier;
    const { consumer } = this.#exchange.record;
    if (maker === undefined && (consumer === undefined || !this.#providerKeeps(target))) return undefined;
    return affinity(target, maker, consumer);
  }

  /** What the encoder of the answer must know: its id, and the request as it was understood. */
  responseTarget(answer: Answer, target: ResponseTarget): ResponseTarget {
    const { outgoing } = answer;
    if (outgoing.native) return target;
    const request = echoed(this.inbound.chat, this.#body, this.#keepsThere(answer) || this.#kept(answer) !== undefined);
    return { ...target, request, ownId: outgoing.protocol !== "openai-responses" };
  }

  /** What is to be done with an answer. */
  noteOf(answer: Answer): AnswerNote {
    const { record } = this.#exchange;
    const { target, credential } = answer;
    const { conversation } = this.#earlier;
    return new AnswerNote({
      deps: this.#deps,
      record,
      made: this.#keepsThere(answer) ? { target, credential, consumer: record.consumer } : undefined,
      input: this.#kept(answer),
      conversation: conversation === undefined ? undefined : { id: conversation, items: this.#ownItems },
    });
  }

  /** What is kept beside an answer; undefined when the gateway does not keep it: nobody wants it to, the provider does, or it is too large already. */
  #kept(answer: Answer): readonly JsonObject[] | undefined {
    const { answers } = this.#deps;
    if (answers === undefined || !this.#wanted || this.#keepsThere(answer)) return undefined;
    this.#input ??= [...(this.#earlier.items ?? []), ...this.#ownItems];
    this.#large ??= JSON.stringify(this.#input).length > answers.limits.maxSize;
    if (!this.#large) return this.#input;
    const { losses } = this.#exchange.record;
    if (!losses.some(({ field }) => field === "store"))
      losses.push({ field: "store", kind: "dropped", detail: "the input is larger than what is kept" });
    return undefined;
  }

  /** The request's own items. Not looked at before they are needed: a provider of this protocol finds their faults itself. */
  get #ownItems(): readonly JsonObject[] {
    return (this.#own ??= inputItems(this.#body["input"], freshId));
  }

  get #wanted(): boolean {
    return this.#body["store"] !== false;
  }

  #keepsThere(answer: Answer): boolean {
    return this.#wanted && answer.outgoing.protocol === "openai-responses" && this.#providerKeeps(answer.target);
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
