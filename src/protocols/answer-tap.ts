import type { AnswerFacts, TapTraits } from "../core/codec.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { ClientProtocol } from "../core/protocol.ts";
import type { SseDecoder, SseEvent } from "../core/sse.ts";
import { StreamFacts } from "./answer-facts.ts";
import { codecFor } from "./index.ts";
import { parseObject } from "../core/json-splice.ts";
import { cutShort } from "./stream-faults.ts";

/** What is done to a stream on its way besides reading it. */
export interface TapOptions {
  readonly protocol: ClientProtocol;
  /** The gateway asked for the usage chunk, so the client must not see it. */
  readonly hideUsage: boolean;
  /** How many answers were asked for, each with a finish of its own. */
  readonly candidates: number;
  /** Shown in place of the model that answered. */
  readonly model?: string;
  /** Takes the credential out of what the provider says of itself; a text without it comes back as it was. */
  readonly clean: (text: string) => string;
}

/** The largest event that is read; a larger one fails the stream. */
const MAX_EVENT = 16 * 1024 * 1024;
const LF = 10;
const LINE_END = /[\r\n]/;
const LINE_ENDS = /\r\n|\n|\r/;
const EVENT_END = /\r\n\r\n|\n\n|\r\r/g;

/**
 * Reads an answer's facts from a stream that goes through untouched. A chunk of whole events without a telling word, nearly every one,
 * costs a look at its text; only the others are parsed. Events go on whole: behind half an event no error event could be written, should
 * its other half not come. Bytes that are no UTF-8, which no JSON has, may be replaced.
 */
export class Tap {
  readonly #traits: TapTraits;
  readonly #options: TapOptions;
  readonly #facts: StreamFacts;
  #first = true;
  #terminated = false;
  /** The begin of an event whose end has not come, in pieces: joining them at each chunk would be quadratic. */
  #held: string[] = [];
  #heldLength = 0;
  /** Made when a chunk ends within a character, which nearly none does. */
  #utf8: TextDecoder | undefined;

  constructor(options: TapOptions) {
    const codec = codecFor(options.protocol);
    this.#traits = codec.tap;
    this.#options = options;
    this.#facts = new StreamFacts(codec);
  }

  get facts(): AnswerFacts {
    return this.#facts.facts;
  }

  /** Takes a chunk in and answers what goes on to the client; `undefined` when nothing does yet. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#heldLength === 0 && endsEvent(bytes)) {
      const text = whole.decode(bytes);
      if (this.#passesUnread(text)) return bytes;
      const passed = this.#passEvents(text);
      return passed === text ? bytes : encoded(passed);
    }
    const chunk = this.#decoded(bytes);
    // A long line in many chunks: nothing to look for yet.
    if (!LINE_END.test(chunk)) return this.#hold(chunk);
    return encoded(this.#passEvents(this.#taken() + chunk));
  }

  /** What is due at the end of the stream. A missing end of the answer is in `facts.fault` then; a missing terminator is put in. */
  end(): Uint8Array | undefined {
    const last = this.#taken();
    // A last event may lack its blank line, which would swallow whatever is written behind it; one that was cut is dropped.
    const event = parseEvent(last);
    const rest = event !== undefined && isWhole(event) ? this.#passEvent(`${last}\n\n`) : "";
    const { facts, finishes } = this.#facts;
    if (finishes < this.#options.candidates) facts.fault ??= cutShort();
    const terminator = this.#terminated || facts.fault !== undefined ? "" : this.#traits.terminator;
    return encoded(rest + terminator);
  }

  #passesUnread(text: string): boolean {
    const { model, clean } = this.#options;
    return !this.#first && model === undefined && !this.#traits.telling.test(text) && clean(text) === text;
  }

  #decoded(bytes: Uint8Array): string {
    if (this.#utf8 === undefined && bytes[bytes.length - 1] === LF) return whole.decode(bytes);
    this.#utf8 ??= new TextDecoder("utf-8", { ignoreBOM: true });
    return this.#utf8.decode(bytes, STREAM);
  }

  /** What goes on of a text of events; what is behind the last one is held. */
  #passEvents(text: string): string {
    let passed = "";
    let from = 0;
    for (const { index, 0: end } of text.matchAll(EVENT_END)) {
      const to = index + end.length;
      passed += this.#passEvent(text.slice(from, to));
      from = to;
    }
    this.#hold(text.slice(from));
    return passed;
  }

  #hold(text: string): undefined {
    if (text === "") return;
    this.#held.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength > MAX_EVENT) {
      throw new Fault("upstream_garbage", `The provider sent an event of more than ${MAX_EVENT} characters.`);
    }
  }

  #taken(): string {
    const text = this.#held.length === 1 ? (this.#held[0] ?? "") : this.#held.join("");
    this.#held = [];
    this.#heldLength = 0;
    return text;
  }

  /** One event's text, as it goes on. */
  #passEvent(text: string): string {
    const { hideUsage, model, clean } = this.#options;
    const event = parseEvent(text);
    if (event === undefined) return clean(text);
    if (this.#traits.isTerminator(event)) {
      this.#terminated = true;
      return text;
    }
    const telling = this.#first || this.#traits.telling.test(event.data) || event.event === "error";
    const carrying = this.#traits.carrying.test(event.data);
    if (!telling && model === undefined) return carrying ? text : clean(text);
    this.#first = false;
    const body = parseObject(event.data);
    if (telling) this.#facts.read(event, body);
    if (body === undefined) return clean(text);
    if (hideUsage && this.#traits.isUsageOnly(body)) return "";
    const changed = model === undefined ? undefined : this.#traits.withModel(event.data, body, model);
    const shown = changed === undefined ? text : text.replace(event.data, () => changed);
    return carrying && !fails(event, body) ? shown : clean(shown);
  }
}

const encoder = new TextEncoder();
const whole = new TextDecoder("utf-8", { ignoreBOM: true });
const STREAM = { stream: true } as const;

function encoded(text: string): Uint8Array | undefined {
  return text === "" ? undefined : encoder.encode(text);
}

function endsEvent(bytes: Uint8Array): boolean {
  const { length } = bytes;
  return bytes[length - 1] === LF && bytes[length - 2] === LF;
}

/** The event in a text that holds one; undefined when it has no data. */
function parseEvent(text: string): SseEvent | undefined {
  let event = "";
  const data: string[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(LINE_ENDS)) {
    if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
    else if (line.startsWith("event:")) event = line.slice(line[6] === " " ? 7 : 6);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}

/** An error may stand beside a part of the answer. */
function fails({ event }: SseEvent, { error }: JsonObject): boolean {
  return event === "error" || (error !== undefined && error !== null);
}

function isWhole({ data }: SseEvent): boolean {
  return data === "[DONE]" || parseObject(data) !== undefined;
}

const BLANK_LINE = encoder.encode("\n\n");

/** The event a stream ends in without its blank line, unless it was cut in the middle. */
export function lastEvents(decoder: SseDecoder): SseEvent[] {
  return decoder.partial ? decoder.push(BLANK_LINE).filter(isWhole) : [];
}
