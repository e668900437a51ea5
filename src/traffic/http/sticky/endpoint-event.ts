import type { BodyRewrite } from "./body-rewrite.ts";
import { querySpan, respelled } from "./key-span.ts";

/** Bytes among which the event must come; after that the stream is left alone. */
const WINDOW = 16_384;

/** Two line ends in a row end an event; a CR may be the first half of one line end. */
const BLANK_LINE = String.raw`(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))`;
const LINE = /[^\r\n]+/g;
const BOM = /^\u00EF\u00BB\u00BF/;
/** The origin, if there is one, a path from the root, and what follows. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?(\/[^?#]*)(.*)$/i;
const utf8 = new TextDecoder();

/** What becomes of the URL that an `endpoint` event tells. */
export interface EndpointUrl {
  /** The parameter that holds the key. */
  readonly name: string;
  key(own: string): Promise<string>;
  path(own: string): string;
}

/**
 * Replaces the session key in an SSE stream's `endpoint` event, by which a server of MCP's HTTP+SSE transport tells where messages go:
 * a query parameter of the event's data, and its path where the route rewrites that. All other bytes stay, wherever the stream is cut.
 */
export class EndpointEvent implements BodyRewrite {
  done = false;
  readonly #url: EndpointUrl;
  /** An event that is not whole yet. Each byte is one character (so that indices are those of the bytes): what is looked for is ASCII. */
  #held = "";
  #seen = 0;

  constructor(url: EndpointUrl) {
    this.#url = url;
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
      const begin = /^data: ?/.exec(line)?.[0].length;
      if (begin === undefined) continue;
      const url = await this.#changed(line.slice(begin));
      if (url !== undefined) return event.slice(0, index + begin) + url + event.slice(index + line.length);
    }
    return event;
  }

  /** Undefined for a URL without a key. */
  async #changed(url: string): Promise<string | undefined> {
    const span = querySpan(url, this.#url.name);
    if (span === undefined) return undefined;
    const key = await this.#url.key(utf8.decode(encoded(url.slice(span.from, span.to))));
    const [, origin = "", path, rest = ""] = URL_PARTS.exec(respelled(url, span, key)) ?? [];
    return path === undefined ? respelled(url, span, key) : origin + this.#url.path(path) + rest;
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
