import type { BodyRewrite } from "./body-rewrite.ts";
import { querySpan, respelled } from "./key-span.ts";

/** Bytes among which the event must come; after that the stream is left alone. */
const WINDOW = 16_384;

/** Two line ends in a row end an event; a CR may be the first half of one line end. */
const BLANK_LINE = String.raw`(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))`;
const LINE = /[^\r\n]+/g;
const BOM = /^\u00EF\u00BB\u00BF/;
const utf8 = new TextDecoder();

/**
 * Replaces the session key in an SSE stream's `endpoint` event, by which a server of MCP's HTTP+SSE transport tells where messages go:
 * the value of the query parameter `name` in the event's data. All other bytes stay, wherever the stream is cut.
 */
export class EndpointEvent implements BodyRewrite {
  done = false;
  readonly #name: string;
  readonly #replace: (key: string) => Promise<string>;
  /** An event that is not whole yet. Each byte is one character (so that indices are those of the bytes): what is looked for is ASCII. */
  #held = "";
  #seen = 0;

  constructor(name: string, replace: (key: string) => Promise<string>) {
    this.#name = name;
    this.#replace = replace;
  }

  async push(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#seen += bytes.length;
    const text = this.#held + characters(bytes);
    let at = 0;
    let out = "";
    // Not from the begin: what was held had no blank line, but may end with a piece of one.
    let end = blankLine(text, Math.max(0, this.#held.length - 3));
    while (end > 0 && !this.done) {
      out += await this.#event(text.slice(at, end));
      at = end;
      end = blankLine(text, at);
    }
    this.#held = text.slice(at);
    if (this.done || this.#seen > WINDOW) out += this.#giveUp();
    return [encoded(out)];
  }

  async end(): Promise<readonly Uint8Array[]> {
    return [encoded(this.#giveUp())];
  }

  #giveUp(): string {
    const held = this.#held;
    this.#held = "";
    this.done = true;
    return held;
  }

  async #event(event: string): Promise<string> {
    const lines = Array.from(event.replace(BOM, "\r\r\r").matchAll(LINE), ({ 0: line, index }) => ({ line, index }));
    const name = lines.findLast(({ line }) => /^event(?::|$)/.test(line))?.line;
    if (name === undefined || !/^event: ?endpoint$/.test(name)) return event;
    this.done = true;
    for (const { line, index } of lines) {
      const span = line.startsWith("data:") ? querySpan(line, this.#name) : undefined;
      if (span === undefined) continue;
      const key = utf8.decode(encoded(line.slice(span.from, span.to)));
      return respelled(event, { from: index + span.from, to: index + span.to }, await this.#replace(key));
    }
    return event;
  }
}

/** The index behind the first blank line; 0 when there is none. */
function blankLine(text: string, from: number): number {
  const pattern = new RegExp(BLANK_LINE, "g");
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

function characters(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

function encoded(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
