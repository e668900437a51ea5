import type { ChatEvent } from "../core/chat.ts";
import type { Stepper } from "../core/codec.ts";
import { faultOf } from "../core/error-event.ts";
import { Fault } from "../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { ProtocolName } from "../core/protocol.ts";
import { createSseDecoder, type SseDecoder, type SseEvent } from "../core/sse.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import { codecFor } from "./index.ts";
import { spliceMember } from "./json-splice.ts";

/** What a tap must know of a protocol's stream. */
interface StreamTraits {
  /** Finds the events that tell something of the answer as a whole; all others pass unread. */
  readonly telling: RegExp;
  /** The event that ends the stream. */
  readonly terminator: string;
  isTerminator(event: SseEvent): boolean;
  /** The event holds usage and nothing else. */
  isUsageOnly(body: JsonObject): boolean;
  /** The same event with another model name, or undefined when it names none. */
  withModel(data: string, body: JsonObject, model: string): string | undefined;
}

const TRAITS: Partial<Readonly<Record<ProtocolName, StreamTraits>>> = {
  "openai-chat": {
    telling: /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:|\[DONE\]/,
    terminator: "data: [DONE]\n\n",
    isTerminator: ({ data }) => data === "[DONE]",
    isUsageOnly: ({ choices, usage }) => Array.isArray(choices) && choices.length === 0 && isObject(usage),
    withModel: (data, body, model) =>
      "model" in body ? spliceMember(data, "model", JSON.stringify(model)) : undefined,
  },
  "anthropic-messages": {
    telling: /message_(?:start|delta|stop)|"error"/,
    terminator: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    isTerminator: ({ event, data }) => event === "message_stop" || data.includes('"message_stop"'),
    isUsageOnly: () => false,
    withModel(data, { message }, model) {
      return isObject(message) ? spliceMember(data, "message", JSON.stringify({ ...message, model })) : undefined;
    },
  },
};

/** What is done to a stream on its way besides reading it. */
export interface TapOptions {
  readonly protocol: ProtocolName;
  /** The gateway asked for the usage chunk, so the client must not see it. */
  readonly hideUsage: boolean;
  /** How many answers were asked for, each with a finish of its own. */
  readonly candidates: number;
  /** Shown in place of the model that answered. */
  readonly model?: string;
  /** Takes secrets out of what the provider says of itself. */
  readonly clean: (text: string) => string;
}

/** The largest event that is read; a larger one fails the stream. */
const MAX_EVENT = 16 * 1024 * 1024;
const LF = 10;
const CR = 13;
const LINE_END = /[\r\n]/;
const EVENT_END = /\r\n\r\n|\n\n|\r\r/g;

/**
 * Reads an answer's facts from a stream that goes through untouched. A chunk of whole events without a telling word, nearly every one,
 * costs a look at its text; only the others are parsed. Where an event must be taken out or changed, events are passed on whole.
 */
export class Tap {
  readonly facts: AnswerFacts = {};
  readonly #traits: StreamTraits;
  readonly #options: TapOptions;
  readonly #events: SseDecoder;
  readonly #reading: Stepper<SseEvent, ChatEvent>;
  #first = true;
  #terminated = false;
  #finishes = 0;
  /** The begin of an event whose end has not come, when events are taken out or changed. */
  #held: string[] = [];
  #heldLength = 0;
  /** The same when they are not: bytes, all of which `#events` has read. */
  #tail: Uint8Array[] = [];
  #utf8: TextDecoder | undefined;

  constructor(options: TapOptions) {
    const traits = TRAITS[options.protocol];
    if (traits === undefined) throw new Error(`Streams of ${options.protocol} cannot be read on their way.`);
    this.#traits = traits;
    this.#options = options;
    this.#events = createSseDecoder({ maxEventBytes: MAX_EVENT });
    this.#reading = codecFor(options.protocol).stream.decoder();
  }

  /** Takes a chunk in and answers what goes on to the client; `undefined` when nothing does yet. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    return this.#options.hideUsage || this.#options.model !== undefined ? this.#passWhole(bytes) : this.#pass(bytes);
  }

  /** What is due at the end of the stream. A missing end of the answer is in `facts.fault` then; a missing terminator is put in. */
  end(): Uint8Array | undefined {
    const rest = this.#held.length === 0 ? this.#lastOfTail() : this.#lastOfHeld();
    this.#note(this.#reading.end());
    if (this.#finishes < this.#options.candidates) this.facts.fault ??= cut();
    const terminator = this.#terminated || this.facts.fault !== undefined ? "" : this.#traits.terminator;
    return rest + terminator === "" ? undefined : encoder.encode(rest + terminator);
  }

  #pass(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#uninteresting(bytes)) return bytes;
    for (const event of this.#events.push(bytes)) this.#read(event);
    this.#tail.push(bytes);
    if (this.#events.partial && !bytes.includes(LF) && !bytes.includes(CR)) return undefined;
    const all = joined(this.#tail);
    // Behind half an event no error event could be written, should the rest of it not come.
    const end = this.#events.partial ? lastEventEnd(all) : all.length;
    this.#tail = end === all.length ? [] : [all.subarray(end)];
    return end === 0 ? undefined : this.#cleaned(all.subarray(0, end));
  }

  #cleaned(bytes: Uint8Array): Uint8Array {
    const text = whole.decode(bytes);
    const clean = this.#options.clean(text);
    return clean === text ? bytes : encoder.encode(clean);
  }

  /** The last event with the blank line it lacks, which would swallow whatever is written behind it; nothing when it was cut. */
  #lastOfTail(): string {
    const events = lastEvents(this.#events);
    for (const event of events) this.#read(event);
    return events.length === 0 ? "" : this.#options.clean(`${whole.decode(joined(this.#tail))}\n\n`);
  }

  #lastOfHeld(): string {
    const text = this.#taken("");
    const probe = createSseDecoder({ maxEventBytes: MAX_EVENT });
    probe.push(encoder.encode(text));
    return lastEvents(probe).length === 0 ? "" : this.#passEvent(`${text}\n\n`);
  }

  /** Whole events, none of which tells anything. */
  #uninteresting(bytes: Uint8Array): boolean {
    const { length } = bytes;
    if (this.#first || this.#events.partial || bytes[length - 1] !== LF || bytes[length - 2] !== LF) return false;
    return !this.#traits.telling.test(whole.decode(bytes));
  }

  #passWhole(bytes: Uint8Array): Uint8Array | undefined {
    const { model } = this.#options;
    if (this.#held.length === 0 && model === undefined && this.#uninteresting(bytes)) return bytes;
    this.#utf8 ??= new TextDecoder("utf-8", { ignoreBOM: true });
    const chunk = this.#utf8.decode(bytes, STREAM);
    // A long line in many chunks: nothing to look for yet, and joining at each would be quadratic.
    if (!LINE_END.test(chunk)) return this.#hold(chunk);
    const text = this.#taken(chunk);
    let passed = "";
    let from = 0;
    for (const { index, 0: end } of text.matchAll(EVENT_END)) {
      const to = index + end.length;
      passed += this.#passEvent(text.slice(from, to));
      from = to;
    }
    this.#hold(text.slice(from));
    return passed === "" ? undefined : encoder.encode(passed);
  }

  #hold(text: string): undefined {
    if (text === "") return;
    this.#held.push(text);
    this.#heldLength += text.length;
    if (this.#heldLength > MAX_EVENT) {
      throw new Fault("upstream_garbage", `The provider sent an event of more than ${MAX_EVENT} characters.`);
    }
  }

  /** Everything held, and `last` behind it. */
  #taken(last: string): string {
    const text = this.#held.join("") + last;
    this.#held = [];
    this.#heldLength = 0;
    return text;
  }

  /** One event's text, as it goes on. */
  #passEvent(text: string): string {
    const { hideUsage, model, clean } = this.#options;
    let passed = clean(text);
    for (const event of this.#events.push(encoder.encode(text))) {
      const body = this.#read(event);
      if (body === undefined) continue;
      if (hideUsage && this.#traits.isUsageOnly(body)) return "";
      const changed = model === undefined ? undefined : this.#traits.withModel(event.data, body, model);
      if (changed !== undefined) passed = passed.replace(event.data, () => changed);
    }
    return passed;
  }

  /** Reads one event for the facts; its body, when it was worth parsing. */
  #read(event: SseEvent): JsonObject | undefined {
    const { model } = this.#options;
    const telling = this.#first || this.#traits.telling.test(event.data) || event.event === "error";
    this.#first = false;
    if (this.#traits.isTerminator(event)) this.#terminated = true;
    else if (telling) this.#note(this.#reading.step(event));
    return (telling || model !== undefined) && !this.#terminated ? objectIn(event.data) : undefined;
  }

  #note(events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (event.type === "usage") this.facts.usage = event.usage;
      else if (event.type === "finish") {
        this.#finishes++;
        this.facts.finish ??= event.reason;
      } else if (event.type === "error") this.facts.fault ??= faultOf(event);
      else if (event.type === "start" && event.model !== undefined) this.facts.model = event.model;
    }
  }
}

/** Where the last event of `bytes` ends: behind its blank line; 0 when none does. */
function lastEventEnd(bytes: Uint8Array): number {
  for (let index = bytes.length - 1; index > 0; index--) {
    const byte = bytes[index];
    if (byte !== LF && byte !== CR) continue;
    const lineEnd = byte === LF && bytes[index - 1] === CR ? index - 2 : index - 1;
    if (bytes[lineEnd] === LF || bytes[lineEnd] === CR) return index + 1;
  }
  return 0;
}

/** One array of several; the one itself when there is no other. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

const encoder = new TextEncoder();
const whole = new TextDecoder();
const STREAM = { stream: true } as const;

function objectIn(data: string): JsonObject | undefined {
  try {
    const value = JSON.parse(data) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const BLANK_LINE = encoder.encode("\n\n");

/** The event a stream ends in without its blank line, unless it was cut in the middle. */
export function lastEvents(decoder: SseDecoder): SseEvent[] {
  if (!decoder.partial) return [];
  return decoder.push(BLANK_LINE).filter(({ data }) => data === "[DONE]" || objectIn(data) !== undefined);
}

function cut(): Fault {
  return new Fault("upstream_cut", "The provider's answer ended before all of its finish reasons.");
}
