/**
 * Puts what was masked back into a text that comes in pieces. Of several masks that begin at a place the longest counts. Only what may be
 * the beginning of a mask is held back, so that the text is the same however it was cut.
 */
export class Restorer {
  readonly #root: Branch = new Map();

  /** Masks with what they stand for. */
  constructor(masks: Iterable<readonly [mask: string, original: string]>) {
    for (const [mask, original] of masks) {
      let branch = this.#root;
      for (let at = 0; at < mask.length; at++) {
        const code = mask.charCodeAt(at);
        const twig = branch.get(code) ?? { next: new Map(), original: undefined };
        branch.set(code, twig);
        if (at === mask.length - 1) twig.original = original;
        branch = twig.next;
      }
    }
  }

  /** For a text of its own. `write` says how what is put back is written there. */
  scan(write: (original: string) => string = (original) => original): RestoreScan {
    return new RestoreScan(this.#root, write);
  }

  /** A whole text. */
  restore(text: string): string {
    const scan = this.scan();
    return scan.push(text) + scan.end();
  }
}

type Branch = Map<number, Twig>;

interface Twig {
  readonly next: Branch;
  original: string | undefined;
}

/** One text. */
export class RestoreScan {
  readonly #root: Branch;
  readonly #write: (original: string) => string;
  #held = "";

  constructor(root: Branch, write: (original: string) => string) {
    this.#root = root;
    this.#write = write;
  }

  /** Takes the next piece; what can be given of the text. */
  push(piece: string): string {
    return this.#give(this.#held + piece, false);
  }

  /** The text is over; what was held back. */
  end(): string {
    return this.#give(this.#held, true);
  }

  #give(text: string, whole: boolean): string {
    let out = "";
    let from = 0;
    let at = 0;
    while (at < text.length) {
      const mask = this.#maskAt(text, at);
      if (mask === "more" && !whole) break;
      const { end, original } = mask === "more" ? this.#longestAt(text, at) : mask;
      if (original === undefined) at += 1;
      else {
        out += text.slice(from, at) + this.#write(original);
        at = end;
        from = at;
      }
    }
    this.#held = text.slice(at);
    return out + text.slice(from, at);
  }

  /** The longest mask at a place; `more` when what follows could make it longer. */
  #maskAt(text: string, at: number): Mask | "more" {
    let twig = this.#root.get(text.charCodeAt(at));
    let found: Mask = NONE;
    for (let end = at + 1; twig !== undefined; end++) {
      if (twig.original !== undefined) found = { end, original: twig.original };
      if (twig.next.size === 0) break;
      if (end === text.length) return "more";
      twig = twig.next.get(text.charCodeAt(end));
    }
    return found;
  }

  /** The longest mask at a place of a text that is over. */
  #longestAt(text: string, at: number): Mask {
    let twig = this.#root.get(text.charCodeAt(at));
    let found: Mask = NONE;
    for (let end = at + 1; twig !== undefined; end++) {
      if (twig.original !== undefined) found = { end, original: twig.original };
      twig = end === text.length ? undefined : twig.next.get(text.charCodeAt(end));
    }
    return found;
  }
}

interface Mask {
  readonly end: number;
  readonly original: string | undefined;
}

const NONE: Mask = { end: 0, original: undefined };
