/**
 * Finds words in a text that comes in pieces, in one pass however many words there are (Aho and Corasick, 1975). In scripts that write
 * blanks between words a word is found only as a whole: `ass` is not in `class`. In others (Chinese, Japanese, Thai, …) it is found anywhere.
 */
export class WordFinder {
  /** How many words there are. */
  readonly size: number;
  readonly #nodes: Node[] = [new Node(0)];

  constructor(words: Iterable<string>) {
    const unlike = new Set(words);
    unlike.delete("");
    this.size = unlike.size;
    for (const word of unlike) this.#add(word);
    this.#link();
  }

  /** A search in a text of its own. */
  scan(): WordScan {
    return new WordScan(this.#nodes);
  }

  /** The first word in a whole text. */
  find(text: string): string | undefined {
    if (this.size === 0) return undefined;
    const scan = this.scan();
    scan.push(text);
    scan.end();
    return scan.found;
  }

  #add(word: string): void {
    let node = this.#nodes[0]!;
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at);
      let next = node.next(code);
      if (next === undefined) {
        next = this.#nodes.push(new Node(at + 1)) - 1;
        node.add(code, next);
      }
      node = this.#nodes[next]!;
    }
    node.word = word;
  }

  /** Level by level: where a search goes on when no word goes on with the next character. */
  #link(): void {
    const nodes = this.#nodes;
    const queue = [0];
    for (const from of queue) {
      for (const [code, to] of nodes[from]!) {
        const fail = from === 0 ? 0 : follow(nodes, nodes[from]!.fail, code);
        const node = nodes[to]!;
        node.fail = fail;
        node.shorter = nodes[fail]!.word === undefined ? nodes[fail]!.shorter : fail;
        queue.push(to);
      }
    }
  }
}

class Node {
  /** How many characters lead here. */
  readonly depth: number;
  /** Where the first character leads that goes on from here, and where others do: most nodes have one, and a map is large. */
  #code = -1;
  #to = 0;
  #others: Map<number, number> | undefined;
  /** The longest other beginning of a word that the characters here end with. */
  fail = 0;
  /** The word that ends here, and the node of the next shorter one that ends here too. */
  word: string | undefined;
  shorter = 0;

  constructor(depth: number) {
    this.depth = depth;
  }

  next(code: number): number | undefined {
    return code === this.#code ? this.#to : this.#others?.get(code);
  }

  add(code: number, to: number): void {
    if (this.#code >= 0) (this.#others ??= new Map()).set(code, to);
    else {
      this.#code = code;
      this.#to = to;
    }
  }

  *[Symbol.iterator](): Generator<readonly [code: number, to: number], void, undefined> {
    if (this.#code >= 0) yield [this.#code, this.#to];
    if (this.#others !== undefined) yield* this.#others;
  }
}

function follow(nodes: readonly Node[], from: number, code: number): number {
  for (let at = from; ; at = nodes[at]!.fail) {
    const next = nodes[at]!.next(code);
    if (next !== undefined) return next;
    if (at === 0) return 0;
  }
}

/** A search in one text. */
export class WordScan {
  /** The word that was found: what stands before it is given, and nothing from there on. */
  found: string | undefined;
  readonly #nodes: readonly Node[];
  #node = 0;
  /** What may be the beginning of a word, and the character before it. */
  #held = "";
  #before = "";
  /** A word that is there unless the next character belongs to it. */
  #ending: string | undefined;

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  /** Takes the next piece; what of the text is certainly no part of a word. */
  push(piece: string): string {
    if (this.found !== undefined) return "";
    const text = this.#held + piece;
    for (let at = this.#held.length; at < text.length; at++) {
      const start = this.#step(text, at);
      if (start !== undefined) return text.slice(0, start);
    }
    return this.#give(text, text.length - this.#nodes[this.#node]!.depth);
  }

  /** The text is over, or this part of it; what was held back. */
  end(): string {
    if (this.found !== undefined) return "";
    this.#node = 0;
    this.found = this.#ending;
    return this.#give(this.#held, this.#held.length - (this.found?.length ?? 0));
  }

  /** One character; where the word begins that was found. */
  #step(text: string, at: number): number | undefined {
    if (this.#ending !== undefined && !joins(text.charAt(at - 1), text.charAt(at))) {
      this.found = this.#ending;
      return at - this.found.length;
    }
    this.#ending = undefined;
    this.#node = follow(this.#nodes, this.#node, text.charCodeAt(at));
    const node = this.#nodes[this.#node]!;
    for (let end = node.word === undefined ? node.shorter : this.#node; end !== 0; end = this.#nodes[end]!.shorter) {
      const word = this.#nodes[end]!.word ?? "";
      const start = at + 1 - word.length;
      if (joins(start === 0 ? this.#before : text.charAt(start - 1), word.charAt(0))) continue;
      if (isLetter(word.charAt(word.length - 1))) this.#ending ??= word;
      else {
        this.found = word;
        return start;
      }
    }
    return undefined;
  }

  #give(text: string, until: number): string {
    this.#held = text.slice(until);
    if (until > 0) this.#before = text.charAt(until - 1);
    return text.slice(0, until);
  }
}

/** Letters and digits of scripts with blanks between words. */
function isLetter(character: string): boolean {
  return LETTER.test(character) && !WITHOUT_BLANKS.test(character);
}

const LETTER = /^[\p{L}\p{N}\p{M}]$/u;
const WITHOUT_BLANKS =
  /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]$/u;

function joins(before: string, character: string): boolean {
  return before !== "" && isLetter(character) && isLetter(before);
}
