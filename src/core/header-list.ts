/** A header line; the name in lower case. */
export type Header = readonly [name: string, value: string];

/** What is read of headers; the runtime's own `Headers` can do it too. Names are in lower case. */
export interface HeaderView {
  get(name: string): string | null;
  forEach(each: (value: string, name: string) => void): void;
}

/** Headers that are being put together. */
export interface HeaderSink extends HeaderView {
  has(name: string): boolean;
  set(name: string, value: string): void;
  delete(name: string): void;
}

/**
 * Headers as a flat list of names in lower case and values. A few look-ups in a short list cost a fraction of the runtime's `Headers`,
 * whose every call leaves JavaScript. Nothing is checked here: who writes them to a connection checks them.
 */
export class HeaderList implements HeaderSink {
  #list: string[] = [];

  get(name: string): string | null {
    const list = this.#list;
    let found: string | null = null;
    for (let at = 0; at < list.length; at += 2) {
      if (list[at] !== name) continue;
      const value = list[at + 1]!;
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0;
  }

  /** Adds a line, whether or not there is one of this name. */
  append(name: string, value: string): void {
    this.#list.push(name, value);
  }

  set(name: string, value: string): void {
    const at = this.#indexOf(name, 0);
    if (at < 0) this.#list.push(name, value);
    else {
      this.#list[at + 1] = value;
      this.#deleteFrom(name, at + 2);
    }
  }

  delete(name: string): void {
    this.#deleteFrom(name, 0);
  }

  forEach(each: (value: string, name: string) => void): void {
    const list = this.#list;
    for (let at = 0; at < list.length; at += 2) each(list[at + 1]!, list[at]!);
  }

  copy(): HeaderList {
    const copy = new HeaderList();
    copy.#list = this.#list.slice();
    return copy;
  }

  /** The same as the runtime's own object. Throws a TypeError for what no header may be. */
  toHeaders(): Headers {
    const headers = new Headers();
    this.forEach((value, name) => headers.append(name, value));
    return headers;
  }

  #deleteFrom(name: string, from: number): void {
    for (let at = this.#indexOf(name, from); at >= 0; at = this.#indexOf(name, at)) this.#list.splice(at, 2);
  }

  #indexOf(name: string, from: number): number {
    const list = this.#list;
    for (let at = from; at < list.length; at += 2) if (list[at] === name) return at;
    return -1;
  }
}
