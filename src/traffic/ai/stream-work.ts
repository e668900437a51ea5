import type { ChatEvent } from "../../core/chat.ts";
import type { EventEditor } from "../../core/chat-hooks.ts";
import type { ResponseTarget, Stepper } from "../../core/codec.ts";
import { errorEvent, faultOf } from "../../core/error-event.ts";
import type { Fault } from "../../core/fault.ts";
import type { ClientProtocol, Loss, ProtocolName } from "../../core/protocol.ts";
import { createEventDecoder } from "../../core/event-decoder.ts";
import { formatSse, type SseDecoder, type SseEvent, type SseFrame } from "../../core/sse.ts";
import { codecFor, upstreamCodecFor } from "../../protocols/index.ts";
import type { AnswerFacts } from "../../protocols/answer-facts.ts";
import { lastEvents, Tap, type TapOptions } from "../../protocols/answer-tap.ts";
import { shallow } from "./answer-depth.ts";

/** Bytes for the client; undefined: none yet. */
export type Passed = Uint8Array | undefined;

/** What comes of `value`, at once where it is there. */
export function after<T, R>(value: T | Promise<T>, then: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/** What is done to the chunks of a stream between provider and client. The next call waits for the promise of the one before. */
export interface StreamWork {
  /** What goes on to the client for a chunk that came; undefined when nothing does yet. */
  push(bytes: Uint8Array): Passed | Promise<Passed>;
  /** What is due when the provider has closed its stream. */
  end(): Passed | Promise<Passed>;
  /** Set once the answer has failed by the provider's own word, by what it sent, or by its end coming too early. */
  readonly facts: AnswerFacts;
  /** The client has been told of `facts.fault` already. */
  readonly told: boolean;
  readonly losses: readonly Loss[];
  /** What has to be over before the client gets what was given last. */
  readonly pending?: Promise<void> | undefined;
}

/** The largest event a provider may send, in characters. */
const MAX_EVENT = 16 * 1024 * 1024;
const encoder = new TextEncoder();

/** The same protocol on both sides: bytes go through. */
export class Tapping implements StreamWork {
  readonly #tap: Tap;
  readonly losses: readonly Loss[] = [];
  #told = false;

  constructor(options: TapOptions) {
    this.#tap = new Tap(options);
  }

  get facts(): AnswerFacts {
    return this.#tap.facts;
  }

  get told(): boolean {
    return this.#told;
  }

  push(bytes: Uint8Array): Uint8Array | undefined {
    const passed = this.#tap.push(bytes);
    // The provider's own error event is among the bytes.
    if (this.#tap.facts.fault?.code === "upstream_error") this.#told = true;
    return passed;
  }

  end(): Uint8Array | undefined {
    return this.#tap.end();
  }
}

/** What is done to a stream besides converting it. */
export interface ConvertingOptions {
  /** Changes the events in between. */
  readonly editor?: EventEditor | undefined;
  /** Takes the credential out of what the provider says of itself. */
  readonly clean: (fault: Fault) => Fault;
}

/** Two protocols: events are decoded from the one and encoded in the other. */
export class Converting implements StreamWork {
  readonly facts: AnswerFacts = {};
  readonly #frames: SseDecoder;
  readonly #decoder: Stepper<SseEvent, ChatEvent>;
  readonly #editor: EventEditor | undefined;
  readonly #encoder: Stepper<ChatEvent, SseFrame> & { readonly losses: readonly Loss[] };
  #comments = 0;

  readonly #clean: (fault: Fault) => Fault;

  constructor(from: ProtocolName, to: ClientProtocol, target: ResponseTarget, { editor, clean }: ConvertingOptions) {
    this.#editor = editor;
    this.#clean = clean;
    const { stream } = upstreamCodecFor(from);
    this.#frames = createEventDecoder(stream.framing, { maxEventBytes: MAX_EVENT });
    this.#decoder = stream.decoder();
    this.#encoder = codecFor(to).stream.encoder(target);
  }

  get told(): boolean {
    return this.facts.fault !== undefined;
  }

  get losses(): readonly Loss[] {
    return this.#encoder.losses;
  }

  push(bytes: Uint8Array): Passed | Promise<Passed> {
    const events: ChatEvent[] = [];
    for (const event of shallow(this.#frames.push(bytes))) events.push(...this.#decoder.step(event));
    // A comment says that the provider is alive, and the client wants to know that too.
    if (events.length === 0 && this.#frames.comments > this.#comments) events.push(PING);
    this.#comments = this.#frames.comments;
    return after(this.#edited(events), (edited) => encoded(this.#encode(edited)));
  }

  end(): Passed | Promise<Passed> {
    const events: ChatEvent[] = [];
    for (const event of shallow(lastEvents(this.#frames))) events.push(...this.#decoder.step(event));
    events.push(...this.#decoder.end());
    const edited = this.#edited(events);
    const held = edited instanceof Promise ? edited.then(() => this.#held()) : this.#held();
    if (edited instanceof Promise || held instanceof Promise) {
      return Promise.all([edited, held]).then(([first, rest]) => this.#last([...first, ...rest]));
    }
    return this.#last([...edited, ...held]);
  }

  #held(): readonly ChatEvent[] | Promise<readonly ChatEvent[]> {
    return this.#editor?.end() ?? [];
  }

  #last(events: readonly ChatEvent[]): Passed {
    return encoded(this.#encode(events) + this.#encoder.end().map(formatSse).join(""));
  }

  #edited(events: readonly ChatEvent[]): readonly ChatEvent[] | Promise<readonly ChatEvent[]> {
    const editor = this.#editor;
    if (editor === undefined) return events;
    const edited: ChatEvent[] = [];
    for (let at = 0; at < events.length; at++) {
      const given = editor.step(events[at]!);
      if (given instanceof Promise) return restEdited(editor, edited, given, events.slice(at + 1));
      edited.push(...given);
    }
    return edited;
  }

  #encode(events: readonly ChatEvent[]): string {
    let text = "";
    for (const said of events) {
      if (this.facts.fault !== undefined) break;
      const event = said.type === "error" ? errorEvent(this.#clean(faultOf(said))) : said;
      this.#note(event);
      for (const frame of this.#encoder.step(event)) text += formatSse(frame);
    }
    return text;
  }

  #note(event: ChatEvent): void {
    if (event.type === "usage") this.facts.usage = event.usage;
    else if (event.type === "finish") this.facts.finish = event.reason;
    else if (event.type === "error") this.facts.fault = faultOf(event);
    else if (event.type === "start" && event.model !== undefined) this.facts.model = event.model;
  }
}

const PING: ChatEvent = { type: "ping" };

/** From the first event on that its editor has to wait for. */
async function restEdited(
  editor: EventEditor,
  edited: ChatEvent[],
  first: Promise<readonly ChatEvent[]>,
  rest: readonly ChatEvent[],
): Promise<readonly ChatEvent[]> {
  edited.push(...(await first));
  for (const event of rest) edited.push(...(await editor.step(event)));
  return edited;
}

function encoded(text: string): Passed {
  return text === "" ? undefined : encoder.encode(text);
}
