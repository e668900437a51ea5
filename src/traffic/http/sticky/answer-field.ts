import { isObject } from "#src/core/json.ts";
import { spliceMember } from "#src/core/json-splice.ts";
import type { BodyRewrite } from "./body-rewrite.ts";

/** An answer that is longer tells no session key. */
const MAX_BYTES = 1 << 20;

/** Replaces the session key that a JSON answer has as its top-level member `name`; everything else keeps its bytes. */
export class AnswerField implements BodyRewrite {
  done = false;
  readonly #name: string;
  readonly #replace: (key: string) => Promise<string>;
  #held: Uint8Array[] = [];
  #size = 0;

  constructor(name: string, replace: (key: string) => Promise<string>) {
    this.#name = name;
    this.#replace = replace;
  }

  async push(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    this.#held.push(bytes);
    this.#size += bytes.length;
    return this.#size > MAX_BYTES ? this.#release() : [];
  }

  async end(): Promise<readonly Uint8Array[]> {
    const text = this.#text();
    const key = text === undefined ? undefined : memberOf(text, this.#name);
    if (text === undefined || key === undefined) return this.#release();
    return [new TextEncoder().encode(spliceMember(text, this.#name, JSON.stringify(await this.#replace(key))))];
  }

  #release(): readonly Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.done = true;
    return held;
  }

  /** Undefined when it is not UTF-8. */
  #text(): string | undefined {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return this.#held.map((bytes) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
    } catch {
      return undefined;
    }
  }
}

/** The member's value when it is a text. */
function memberOf(text: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return typeof member === "string" ? member : undefined;
  } catch {
    return undefined;
  }
}
