import type { ChatEvent, TextEvent } from "#src/core/chat.ts";
import type { Restorer, RestoreScan } from "./restorer.ts";
import type { WordFinder, WordScan } from "./word-finder.ts";

/** What is done to the answers of one request. */
export interface AnswerRules {
  /** Words that the model may not say. */
  readonly words: WordFinder;
  /** What was masked in the request. */
  readonly restorer: Restorer;
  /** What is said in place of such words. */
  readonly denial: string;
  /** The client gets the answer whole, so that all of it can give way to the denial. */
  readonly whole: boolean;
  /** Called with the word for which an answer was denied. */
  readonly denied: (word: string) => void;
}

type Said = Extract<ChatEvent, { type: "text" | "reasoning" | "refusal" | "tool-input" }>;

/** Puts masked words back into an answer, event by event, and ends it at a word that may not be said. */
export class AnswerEditor {
  readonly #rules: AnswerRules;
  readonly #choices = new Map<number, Choice>();

  constructor(rules: AnswerRules) {
    this.#rules = rules;
  }

  step(event: ChatEvent): readonly ChatEvent[] {
    switch (event.type) {
      case "start":
      case "usage":
      case "ping":
        return [event];
      case "error":
        return [...[...this.#choices.values()].flatMap((choice) => choice.end()), event];
      default:
        return this.#choiceOf(event.choice ?? 0).step(event);
    }
  }

  #choiceOf(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice = new Choice(this.#rules, index);
    this.#choices.set(index, choice);
    return choice;
  }
}

type ChoiceEvent = Exclude<ChatEvent, { type: "start" | "usage" | "ping" | "error" }>;

/** Numbers of blocks that no decoder gives: those of denials. */
const DENIAL_BLOCK = 1_000_000;

/** One of the answers. */
class Choice {
  readonly #rules: AnswerRules;
  readonly #index: number;
  readonly #flows = new Map<number, Flow>();
  /** Calls of tools whose input is plain text, not JSON. */
  readonly #plainInputs = new Set<number>();
  /** A whole answer, until it is over. */
  #kept: ChatEvent[] = [];
  #denied = false;

  constructor(rules: AnswerRules, index: number) {
    this.#rules = rules;
    this.#index = index;
  }

  step(event: ChoiceEvent): readonly ChatEvent[] {
    const over = event.type === "finish";
    if (this.#denied) return over ? [...this.#taken(), filtered(event)] : [];
    const events = this.#edit(event);
    if (!this.#rules.whole) return events;
    if (this.#isDenied()) return over ? [...this.#taken(), filtered(event)] : [];
    this.#kept.push(...events);
    return over ? this.#taken() : [];
  }

  /** Nothing more comes. */
  end(): readonly ChatEvent[] {
    return [...this.#taken(), ...this.#flushed()];
  }

  #taken(): ChatEvent[] {
    const kept = this.#kept;
    this.#kept = [];
    return kept;
  }

  #edit(event: ChoiceEvent): readonly ChatEvent[] {
    switch (event.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "tool-input":
        return this.#said(event);
      case "finish":
        return this.#behind(this.#flushed(), event);
      case "block-end":
      case "citation":
        return this.#behind(this.#flush(event.block), event);
      default:
        if (event.type === "tool-call" && event.kind === "custom") this.#plainInputs.add(event.block);
        // Another block begins: what was said before it stays before it. A call's input may go on beside it.
        return this.#behind(this.#flushed(isTold), event);
    }
  }

  /** An event behind what was held back before it, unless that was the end. */
  #behind(events: readonly ChatEvent[], event: ChoiceEvent): readonly ChatEvent[] {
    if (!this.#denied) return [...events, event];
    return event.type === "finish" ? [...events, filtered(event)] : events;
  }

  #said(event: Said): readonly ChatEvent[] {
    const known = this.#flows.get(event.block);
    const before = known === undefined ? this.#flushed(isTold) : [];
    if (this.#isDenied()) return before;
    const flow = known ?? new Flow(event, this.#rules, this.#plainInputs.has(event.block));
    this.#flows.set(event.block, flow);
    // A signature belongs behind all of its text.
    const sealed = event.type === "reasoning" && event.signature !== undefined;
    const text = flow.push(event.text) + (sealed ? flow.end() : "");
    if (flow.found !== undefined) return [...before, ...this.#deny(flow, flow.found, text + flow.end())];
    if (text === event.text) return [...before, event];
    if (event.text === "") return [...before, plain(event, text), event];
    // The first opens its block, whatever of its text is held back.
    return text === "" && known !== undefined && !hasMore(event) ? before : [...before, worded(event, text)];
  }

  /** Asked again where something in between may have changed it. */
  #isDenied(): boolean {
    return this.#denied;
  }

  #flushed(which: (flow: Flow) => boolean = () => true): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const [block, flow] of this.#flows) if (which(flow) && !this.#denied) events.push(...this.#flush(block));
    return events;
  }

  #flush(block: number): readonly ChatEvent[] {
    const flow = this.#flows.get(block);
    if (flow === undefined) return [];
    const text = flow.end();
    if (flow.found !== undefined) return this.#deny(flow, flow.found, text);
    return text === "" ? [] : [plain(flow.event, text)];
  }

  /** Ends the answer behind the text before the word. */
  #deny({ event }: Flow, word: string, text: string): readonly ChatEvent[] {
    this.#denied = true;
    this.#rules.denied(word);
    const inside = event.type === "text" && !this.#rules.whole;
    const said: TextEvent = {
      type: "text",
      block: inside ? event.block : DENIAL_BLOCK + this.#index,
      ...(event.choice === undefined ? {} : { choice: event.choice }),
      text: this.#rules.denial,
    };
    if (this.#rules.whole) {
      this.#kept = [said];
      return [];
    }
    const { block, choice } = event;
    const closed: ChatEvent = { type: "block-end", block, ...(choice === undefined ? {} : { choice }) };
    return [...(text === "" ? [] : [plain(event, text)]), ...(inside ? [] : [closed]), said];
  }
}

/** The text of one block on its way. */
class Flow {
  /** The first of it. */
  readonly event: Said;
  readonly #words: WordScan | undefined;
  readonly #masks: RestoreScan;

  constructor(event: Said, { words, restorer }: AnswerRules, plainInput: boolean) {
    this.event = event;
    const isInput = event.type === "tool-input";
    this.#words = words.size === 0 || isInput ? undefined : words.scan();
    this.#masks = restorer.scan(isInput && !plainInput ? inJson : undefined);
  }

  get found(): string | undefined {
    return this.#words?.found;
  }

  push(text: string): string {
    return this.#masks.push(this.#words === undefined ? text : this.#words.push(text));
  }

  end(): string {
    const rest = this.#words?.end() ?? "";
    return this.#masks.push(rest) + this.#masks.end();
  }
}

function isTold({ event }: Flow): boolean {
  return event.type !== "tool-input";
}

/** Whether an event carries something beside its text. */
function hasMore(event: Said): boolean {
  return event.type === "reasoning" && Object.keys(plain(event, "")).length < Object.keys(event).length;
}

/** An event with other words. Log probabilities were those of the words it had. */
function worded(event: Said, text: string): Said {
  return event.type === "reasoning" ? { ...event, text } : plain(event, text);
}

/** A piece of the same block. */
function plain({ type, block, choice }: Said, text: string): Said {
  return { type, block, ...(choice === undefined ? {} : { choice }), text };
}

/** Input of tools is JSON: what is put back stands within a string of it. */
export function inJson(original: string): string {
  return JSON.stringify(original).slice(1, -1);
}

function filtered(event: Extract<ChatEvent, { type: "finish" }>): ChatEvent {
  return { ...event, reason: { unified: "content-filter", raw: "content_filter" } };
}
