import { stringConstant } from "./constants.ts";
import type { Token } from "./tokens.ts";
import { TemplateError } from "./value.ts";

const END: Token = { kind: "end", text: "}}", spaced: false };

/** Goes through the pieces of one action. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  /** The action as written, for messages. */
  readonly source: string;
  #at = 0;

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.source = source;
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  get over(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The word that comes next; empty when something else does. */
  get word(): string {
    return this.#token.kind === "word" ? this.#token.text : "";
  }

  /** A field right behind what was read: it belongs to it. */
  get continues(): boolean {
    return this.#token.kind === "field" && !this.#token.spaced;
  }

  sees(mark: string): boolean {
    return this.#token.kind === "mark" && this.#token.text === mark;
  }

  takes(mark: string): boolean {
    const sees = this.sees(mark);
    if (sees) this.#at += 1;
    return sees;
  }

  next(): Token {
    const token = this.#token;
    if (token === END) throw new TemplateError(`a value is missing in ${this.source}`);
    this.#at += 1;
    return token;
  }

  skip(): this {
    this.#at += 1;
    return this;
  }

  /** A name in quotes. */
  string(of: string): string {
    const token = this.next();
    if (token.kind !== "string") throw new TemplateError(`{{${of}}} is followed by a name in quotes`);
    return stringConstant(token.text);
  }

  finish(): void {
    if (!this.over) throw new TemplateError(`unexpected ${JSON.stringify(this.#token.text)} in ${this.source}`);
  }

  /** `$x :=`, `$x =`, and up to `most` variables with commas between; none when the pipeline begins otherwise. */
  targets(most: number): { readonly names: readonly string[]; readonly declares: boolean } {
    const names: string[] = [];
    let at = this.#at;
    for (;;) {
      const token = this.#tokens[at];
      if (token?.kind !== "variable") break;
      names.push(token.text);
      const mark = this.#tokens[at + 1]?.text;
      if (mark === ":=" || mark === "=") {
        if (names.length > most) throw new TemplateError(`too many variables in ${this.source}`);
        this.#at = at + 2;
        return { names, declares: mark === ":=" };
      }
      if (mark !== ",") break;
      at += 2;
    }
    return { names: [], declares: false };
  }
}
