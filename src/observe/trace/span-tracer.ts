import type { Clock } from "../../core/clock.ts";
import type { AccessRecord, Span } from "../../core/exchange.ts";
import type { Log } from "../../core/log.ts";
import type { Tracer } from "../../core/trace.ts";
import type { Propagation } from "./context.ts";
import { type FinishedSpan, finishedSpan } from "./finished-span.ts";

/** What a tracer is made with. */
export interface TracerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Of the requests that nobody has decided on, 0 to 100. */
  readonly sampling: number;
  readonly propagation: Propagation;
  /** Sends spans to the collector; rejects when it does not take them. */
  readonly send: (spans: readonly FinishedSpan[]) => Promise<void>;
}

/** Milliseconds that a span waits for others. */
const DELAY = 1000;

/** So many spans are sent together. */
const MOST = 512;

/** So many wait at the most while the collector is slow; further ones are lost. */
const LONGEST = 4096;

/** Takes requests into their clients' traces, and tells a collector of those that are sampled. No request waits for it. */
export class SpanTracer implements Tracer {
  readonly #options: TracerOptions;
  #waiting: FinishedSpan[] = [];
  #stop: (() => void) | undefined;
  #sending = false;
  #failing = false;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  begin(headers: Headers): Span {
    const { propagation, random, sampling } = this.#options;
    const parent = propagation.read(headers);
    const traceId = parent?.traceId ?? hex(16);
    const spanId = hex(8);
    const sampled = parent?.sampled ?? random() * 100 < sampling;
    propagation.write(headers, { traceId, spanId, sampled }, parent?.spanId);
    const ids = { traceId, spanId, ...(parent === undefined ? {} : { parentId: parent.spanId }), sampled };
    const span: Span = { ...ids, end: (record) => this.#ended(span, record) };
    return span;
  }

  close(): Promise<void> {
    return this.#send();
  }

  #ended(span: Span, record: AccessRecord): void {
    if (!span.sampled || this.#waiting.length >= LONGEST) return;
    this.#waiting.push(finishedSpan(span, record));
    if (this.#waiting.length >= MOST) void this.#send();
    else this.#stop ??= this.#options.clock.after(DELAY, () => void this.#send());
  }

  async #send(): Promise<void> {
    this.#stop?.();
    this.#stop = undefined;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting.length > 0) await this.#options.send(this.#waiting.splice(0, MOST));
      this.#failing = false;
    } catch (error) {
      this.#told(error);
    } finally {
      this.#sending = false;
    }
  }

  /** Once for each time that the collector is away. */
  #told(error: unknown): void {
    if (!this.#failing) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#options.log.warn("The collector of traces takes none: they are lost until it does.", { problem });
    }
    this.#failing = true;
  }
}

function hex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
