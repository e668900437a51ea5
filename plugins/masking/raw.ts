import type { JSONPathQuery } from "json-p3";
import { joined } from "#src/core/collect-bytes.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { parseObject, splicePath } from "#src/core/json-splice.ts";
import type { Bytes } from "#src/core/plugin.ts";
import { inJson } from "./answer.ts";
import { type TextPlace, textsOfChat } from "./chat-places.ts";
import type { Masker, Masks } from "./masker.ts";
import type { Restorer, RestoreScan } from "./restorer.ts";
import type { WordFinder, WordScan } from "./word-finder.ts";

/** A body after masking: changed, unchanged, or one that holds a word that may not be said. */
export type MaskedBody = { readonly bytes: Bytes } | { readonly word: string } | undefined;

/** What is looked at in bodies of no chat. */
export interface RawRules {
  readonly words: WordFinder;
  readonly masker: Masker;
  readonly paths: readonly JSONPathQuery[];
  readonly raw: boolean;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body's text; undefined when it is not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Masks the places of a JSON body that the paths lead to; without a path, or in what is no JSON, the whole text if that is wanted. */
export function maskedBody(bytes: Bytes, { words, masker, paths, raw }: RawRules, masks: Masks): MaskedBody {
  const text = textOf(bytes);
  if (text === undefined) return undefined;
  const object = paths.length === 0 ? undefined : parseObject(text);
  if (object !== undefined) return maskedPlaces(text, placesAt(object, paths), { words, masker }, masks);
  if (!raw) return undefined;
  const word = words.find(text);
  if (word !== undefined) return { word };
  return encoded(text, masker.mask(text, masks));
}

/** Masks what is said in the body of a chat API. */
export function maskedChatBody(bytes: Bytes, rules: Pick<RawRules, "words" | "masker">, masks: Masks): MaskedBody {
  const text = textOf(bytes) ?? "";
  const object = parseObject(text);
  return object === undefined ? undefined : maskedPlaces(text, textsOfChat(object), rules, masks);
}

function placesAt(object: JsonObject, paths: readonly JSONPathQuery[]): TextPlace[] {
  return paths
    .flatMap((path) => path.query(object).nodes)
    .flatMap(({ value, location: [first, ...rest] }) =>
      typeof value === "string" && first !== undefined ? [{ path: [first, ...rest], text: value }] : [],
    );
}

function maskedPlaces(
  text: string,
  places: Iterable<TextPlace>,
  { words, masker }: Pick<RawRules, "words" | "masker">,
  masks: Masks,
): MaskedBody {
  let changed = text;
  for (const { path, text: value } of places) {
    const word = words.find(value);
    if (word !== undefined) return { word };
    // Inputs of tools are JSON in a string.
    const masked = path.at(-1) === "arguments" ? masker.maskJson(value, masks) : masker.mask(value, masks);
    if (masked !== value) changed = splicePath(changed, path, JSON.stringify(masked));
  }
  return encoded(text, changed);
}

function encoded(before: string, after: string): MaskedBody {
  return after === before ? undefined : { bytes: new TextEncoder().encode(after) };
}

/** Whether a body is a conversation, in the shape of one of the chat APIs. */
export function isChat(bytes: Bytes, path: string): boolean {
  const { messages, contents, input } = parseObject(textOf(bytes) ?? "") ?? {};
  if (Array.isArray(messages)) return messages.every((message) => isObject(message));
  return (Array.isArray(contents) && /:\w+$/.test(path)) || (input !== undefined && path.endsWith("/responses"));
}

/** The most of an answer that is kept until it is whole, in bytes. */
const MAX_WHOLE = 64 * 1024 * 1024;

/** What is done to an answer that is no chat's. */
export interface RawAnswerRules {
  readonly words: WordFinder;
  readonly restorer: Restorer;
  /** What takes the place of an answer with such a word. */
  readonly denial: string;
  readonly denied: (word: string) => void;
}

/** An answer's bytes on their way. Event streams are changed as they come; all others when they are whole. */
export class RawAnswer {
  readonly #rules: RawAnswerRules;
  readonly #json: boolean;
  readonly #stream: RawStream | undefined;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(contentType: string, rules: RawAnswerRules) {
    this.#rules = rules;
    this.#json = /\bjson\b/i.test(contentType);
    if (contentType.startsWith("text/event-stream")) this.#stream = new RawStream(rules);
  }

  chunk(bytes: Uint8Array, last: boolean): Uint8Array {
    if (this.#stream !== undefined) return this.#stream.chunk(bytes, last);
    this.#size += bytes.byteLength;
    if (this.#size > MAX_WHOLE) throw new RangeError(`The answer is larger than ${MAX_WHOLE} bytes.`);
    this.#chunks.push(bytes);
    return last ? this.#whole() : new Uint8Array();
  }

  #whole(): Uint8Array {
    const bytes = joined(this.#chunks, this.#size);
    this.#chunks = [];
    const text = textOf(bytes);
    if (text === undefined) return bytes;
    const { words, restorer, denial, denied } = this.#rules;
    const word = words.find(text);
    if (word !== undefined) denied(word);
    const scan = restorer.scan(this.#json ? inJson : undefined);
    return new TextEncoder().encode(word === undefined ? scan.push(text) + scan.end() : denial);
  }
}

class RawStream {
  readonly #rules: RawAnswerRules;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #words: WordScan | undefined;
  readonly #masks: RestoreScan;
  #over = false;

  constructor(rules: RawAnswerRules) {
    this.#rules = rules;
    this.#words = rules.words.size === 0 ? undefined : rules.words.scan();
    // Events carry JSON more often than not.
    this.#masks = rules.restorer.scan(inJson);
  }

  chunk(bytes: Uint8Array, last: boolean): Uint8Array {
    if (this.#over) return new Uint8Array();
    const text = this.#decoder.decode(bytes, { stream: !last });
    let out = this.#masks.push(this.#words?.push(text) ?? text);
    if (last) out += this.#masks.push(this.#words?.end() ?? "") + this.#masks.end();
    const found = this.#words?.found;
    if (found === undefined) return new TextEncoder().encode(out);
    if (!last) out += this.#masks.end();
    this.#over = true;
    this.#rules.denied(found);
    return new TextEncoder().encode(`${out}\n\ndata: ${this.#rules.denial}\n\n`);
  }
}
