/** Where the value of a form's field stands in its bytes. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/** The longest head of a part, and the longest value, in bytes; beyond that it is not what is looked for. */
const MAX_HEAD = 16 * 1024;
const MAX_VALUE = 1024;

/** Bytes as text of one character each, so that places in both are the same. */
const latin1 = new TextDecoder("latin1");
const HEAD_END = "\r\n\r\n";

/**
 * Looks for a field, a model's name, in the bytes of a form (RFC 7578), as they come and wherever they are cut: each is looked at about
 * once, however long the files before the field are.
 */
export class FormScanner {
  readonly #delimiter: string;
  readonly #names: RegExp;
  /** What may still belong to something, and where in the form it begins. */
  #text = "";
  #offset = 0;
  #state: "between" | "head" | "value" = "between";
  /** The form has no more parts, or `place` is known. */
  done = false;
  place: Place | undefined;

  constructor(boundary: string, field: string = "model") {
    const name = field.replaceAll(/[^\w]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
    this.#delimiter = `--${boundary}`;
    this.#names = new RegExp(`^content-disposition:[^\\r\\n]*;\\s*name=(?:"${name}"|${name}(?=[\\s;]|$))`, "imu");
  }

  /** Takes the next bytes in. */
  push(bytes: Uint8Array): void {
    this.#text += latin1.decode(bytes);
    while (!this.done && this.#step());
  }

  /** One step; false when more bytes are needed. */
  #step(): boolean {
    if (this.#state === "between") return this.#findDelimiter();
    return this.#state === "head" ? this.#readHead() : this.#readValue();
  }

  #findDelimiter(): boolean {
    const at = this.#text.indexOf(this.#delimiter);
    if (at < 0) {
      // The end may be the begin of a delimiter.
      this.#drop(Math.max(0, this.#text.length - this.#delimiter.length + 1));
      return false;
    }
    const behind = at + this.#delimiter.length;
    const next = this.#text.slice(behind, behind + 2);
    if (next.length < 2) {
      this.#drop(at);
      return false;
    }
    this.#drop(behind);
    if (next === "--") this.done = true;
    else if (next === "\r\n") this.#state = "head";
    return true;
  }

  #readHead(): boolean {
    const end = this.#text.indexOf(HEAD_END);
    if (end < 0) return this.#tooLong(MAX_HEAD);
    const named = this.#names.test(this.#text.slice(0, end).trimStart());
    this.#drop(end + HEAD_END.length);
    this.#state = named ? "value" : "between";
    return true;
  }

  #readValue(): boolean {
    const end = this.#text.indexOf(`\r\n${this.#delimiter}`);
    if (end < 0) return this.#tooLong(MAX_VALUE);
    const bytes = Uint8Array.from(this.#text.slice(0, end), (character) => character.charCodeAt(0));
    this.place = { start: this.#offset, end: this.#offset + end, value: new TextDecoder().decode(bytes) };
    this.done = true;
    return true;
  }

  /** Gives up a part that is longer than anything that is looked for; true when it did. */
  #tooLong(most: number): boolean {
    if (this.#text.length <= most) return false;
    this.#state = "between";
    return true;
  }

  #drop(count: number): void {
    this.#text = this.#text.slice(count);
    this.#offset += count;
  }
}

/** The boundary a content type names (RFC 2046, 5.1.1); undefined when it is no form's. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}
