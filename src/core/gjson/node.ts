import { endOfString, endOfValue, firstPart, nextPart, valueBehind } from "./scan.ts";

/** What a JSON text says, by its first character. */
export type JsonKind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  /** The key as written, with its quotes. */
  readonly rawKey: string;
  readonly value: JsonNode;
}

const KINDS: Readonly<Record<number, JsonKind>> = {
  0x7b: "object",
  0x5b: "array",
  0x22: "string",
  0x74: "true",
  0x66: "false",
  0x6e: "null",
};

/** A text that nodes are parts of. */
interface Source {
  readonly text: string;
  /** Nothing in it is escaped: strings are what stands between their quotes. */
  readonly plain: boolean;
}

/** Nobody has looked inside yet. */
const UNSEEN = -2;

/**
 * A JSON value that keeps its text: numbers print as they were written, members stay in their order, and of two members with the same name the
 * first counts. It is looked into no further than asked for: a level at a time, and up to the member that is wanted.
 */
export class JsonNode {
  readonly kind: JsonKind;
  readonly #source: Source;
  readonly #start: number;
  readonly #end: number;
  /** Where parts stand: of a member where its key begins and ends and where its value does, of an item the last two. */
  #spans: number[] | undefined;
  /** Where the next part begins that was not looked at; -1 when all were. */
  #next = UNSEEN;
  /** The values of parts, as far as they were asked for. */
  #values: (JsonNode | undefined)[] | undefined;
  #members: readonly JsonMember[] | undefined;

  private constructor(source: Source, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.kind = KINDS[source.text.charCodeAt(start)] ?? "number";
  }

  /** Undefined when the text is not JSON. */
  static parse(text: string): JsonNode | undefined {
    try {
      JSON.parse(text);
    } catch {
      return undefined;
    }
    return JsonNode.of(text.trim());
  }

  /** Of text that is known to be one JSON value, without space around it. */
  static of(raw: string): JsonNode {
    return new JsonNode({ text: raw, plain: !raw.includes("\\") }, 0, raw.length);
  }

  /** An object of members that are nodes already. */
  static object(members: Readonly<Record<string, JsonNode>>): JsonNode {
    const list = Object.entries(members).map(([key, value]) => ({ key, rawKey: JSON.stringify(key), value }));
    const node = JsonNode.of(`{${list.map(({ rawKey, value }) => `${rawKey}:${value.raw}`).join(",")}}`);
    node.#members = list;
    return node;
  }

  static string(text: string): JsonNode {
    return JsonNode.of(JSON.stringify(text));
  }

  get raw(): string {
    return this.#source.text.slice(this.#start, this.#end);
  }

  /** The characters of a string; of anything else its text. */
  get text(): string {
    return this.kind === "string" ? unquoted(this.#source, this.#start, this.#end) : this.raw;
  }

  /** Empty for what is not an object. */
  get members(): readonly JsonMember[] {
    if (this.#members !== undefined) return this.#members;
    const spans = this.kind === "object" ? this.#all() : [];
    const members: JsonMember[] = [];
    for (let at = 0; at < spans.length; at += 4) {
      const [start = 0, end = 0] = [spans[at], spans[at + 1]];
      const rawKey = this.#source.text.slice(start, end);
      members.push({ key: unquoted(this.#source, start, end), rawKey, value: this.#value(at / 4) });
    }
    return (this.#members = members);
  }

  /** Empty for what is not an array. */
  get items(): readonly JsonNode[] {
    if (this.kind !== "array") return [];
    const count = this.#all().length / 2;
    for (let at = 0; at < count; at++) this.#value(at);
    return (this.#values ?? []) as readonly JsonNode[];
  }

  /** How many members or items there are. */
  get size(): number {
    if (this.kind === "array") return this.#all().length / 2;
    return this.kind === "object" ? (this.#members?.length ?? this.#all().length / 4) : 0;
  }

  get(key: string): JsonNode | undefined {
    if (this.#members !== undefined) return this.#members.find((member) => member.key === key)?.value;
    if (this.kind !== "object") return undefined;
    for (let at = 0; this.#reaches(at); at++) if (this.#isKey(at, key)) return this.#value(at);
    return undefined;
  }

  #all(): readonly number[] {
    while (this.#next !== -1) this.#look();
    return this.#spans ?? [];
  }

  /** Whether there is a member at this place, which is looked for if need be. */
  #reaches(at: number): boolean {
    while ((this.#spans?.length ?? 0) <= at * 4) {
      if (this.#next === -1) return false;
      this.#look();
    }
    return true;
  }

  /** Looks at one more part. */
  #look(): void {
    const { text } = this.#source;
    if (this.#next === UNSEEN) this.#next = firstPart(text, this.#start);
    if (this.#next === -1) return;
    const spans = (this.#spans ??= []);
    let start = this.#next;
    if (this.kind === "object") {
      const keyEnd = endOfString(text, start);
      spans.push(start, keyEnd);
      start = valueBehind(text, keyEnd);
    }
    const end = endOfValue(text, start);
    spans.push(start, end);
    this.#next = nextPart(text, end);
  }

  #isKey(at: number, key: string): boolean {
    const [start = 0, end = 0] = [this.#spans?.[at * 4], this.#spans?.[at * 4 + 1]];
    const { text, plain } = this.#source;
    if (plain) return end - start - 2 === key.length && text.startsWith(key, start + 1);
    return unquoted(this.#source, start, end) === key;
  }

  #value(at: number): JsonNode {
    const values = (this.#values ??= []);
    const behind = (this.kind === "object" ? at * 4 + 4 : at * 2 + 2) - 1;
    const { [behind - 1]: start = 0, [behind]: end = 0 } = this.#spans ?? [];
    return (values[at] ??= new JsonNode(this.#source, start, end));
  }
}

function unquoted({ text, plain }: Source, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  if (plain || !inner.includes("\\")) return inner;
  const value: unknown = JSON.parse(text.slice(start, end));
  return String(value);
}
