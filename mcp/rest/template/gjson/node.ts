/** What a JSON text says, by its first character. */
export type JsonKind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  /** The key as written, with its quotes. */
  readonly rawKey: string;
  readonly value: JsonNode;
}

const KINDS: Readonly<Record<string, JsonKind>> = {
  "{": "object",
  "[": "array",
  '"': "string",
  t: "true",
  f: "false",
  n: "null",
};

/**
 * A JSON value that keeps its text: numbers print as they were written, members stay in their order, and of two members with the same name the
 * first counts. What is inside is looked at when somebody asks, level by level.
 */
export class JsonNode {
  readonly raw: string;
  readonly kind: JsonKind;
  #members: readonly JsonMember[] | undefined;
  #items: readonly JsonNode[] | undefined;
  #index: Map<string, JsonNode> | undefined;

  private constructor(raw: string, members?: readonly JsonMember[]) {
    this.raw = raw;
    this.kind = KINDS[raw.charAt(0)] ?? "number";
    this.#members = members;
  }

  /** Undefined when the text is not JSON. */
  static parse(text: string): JsonNode | undefined {
    try {
      JSON.parse(text);
    } catch {
      return undefined;
    }
    return new JsonNode(text.trim());
  }

  /** Of text that is known to be one JSON value, without space around it. */
  static of(raw: string): JsonNode {
    return new JsonNode(raw);
  }

  /** An object of members that are nodes already. */
  static object(members: Readonly<Record<string, JsonNode>>): JsonNode {
    const list = Object.entries(members).map(([key, value]) => ({ key, rawKey: JSON.stringify(key), value }));
    return new JsonNode(`{${list.map(({ rawKey, value }) => `${rawKey}:${value.raw}`).join(",")}}`, list);
  }

  static string(text: string): JsonNode {
    return new JsonNode(JSON.stringify(text));
  }

  /** Empty for what is not an object. */
  get members(): readonly JsonMember[] {
    this.#members ??= this.kind === "object" ? [...membersOf(this.raw)] : [];
    return this.#members;
  }

  /** Empty for what is not an array. */
  get items(): readonly JsonNode[] {
    this.#items ??= this.kind === "array" ? [...itemsOf(this.raw)] : [];
    return this.#items;
  }

  get size(): number {
    return this.kind === "object" ? this.members.length : this.items.length;
  }

  get(key: string): JsonNode | undefined {
    const { members } = this;
    if (members.length <= 8) return members.find((member) => member.key === key)?.value;
    if (this.#index === undefined) {
      this.#index = new Map();
      for (const member of members) if (!this.#index.has(member.key)) this.#index.set(member.key, member.value);
    }
    return this.#index.get(key);
  }

  /** The characters of a string; of anything else its text. */
  get text(): string {
    return this.kind === "string" ? unquoted(this.raw) : this.raw;
  }
}

function unquoted(raw: string): string {
  if (!raw.includes("\\")) return raw.slice(1, -1);
  const value: unknown = JSON.parse(raw);
  return String(value);
}

function* membersOf(raw: string): Generator<JsonMember> {
  let at = skipSpace(raw, 1);
  while (raw[at] !== "}") {
    const keyEnd = endOfValue(raw, at);
    const rawKey = raw.slice(at, keyEnd);
    const start = skipSpace(raw, skipSpace(raw, keyEnd) + 1);
    const end = endOfValue(raw, start);
    yield { key: unquoted(rawKey), rawKey, value: JsonNode.of(raw.slice(start, end)) };
    at = skipSpace(raw, end);
    if (raw[at] === ",") at = skipSpace(raw, at + 1);
  }
}

function* itemsOf(raw: string): Generator<JsonNode> {
  let at = skipSpace(raw, 1);
  while (raw[at] !== "]") {
    const end = endOfValue(raw, at);
    yield JsonNode.of(raw.slice(at, end));
    at = skipSpace(raw, end);
    if (raw[at] === ",") at = skipSpace(raw, at + 1);
  }
}

function skipSpace(raw: string, from: number): number {
  let at = from;
  while (raw.charCodeAt(at) <= 32) at += 1;
  return at;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

/** Behind the value that begins at `from`; the text is known to be JSON. */
function endOfValue(raw: string, from: number): number {
  const first = raw.charCodeAt(from);
  if (first === QUOTE) return endOfString(raw, from);
  if (!OPENING.has(first)) return endOfLiteral(raw, from);
  let depth = 0;
  for (let at = from; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code === QUOTE) at = endOfString(raw, at) - 1;
    else if (OPENING.has(code)) depth += 1;
    else if (CLOSING.has(code) && --depth === 0) return at + 1;
  }
  return raw.length;
}

/** Behind the quote that ends the string which begins at `from`. */
export function endOfString(raw: string, from: number): number {
  let quote = raw.indexOf('"', from + 1);
  while (quote >= 0 && backslashesBefore(raw, quote) % 2 === 1) quote = raw.indexOf('"', quote + 1);
  return quote < 0 ? raw.length : quote + 1;
}

function backslashesBefore(raw: string, at: number): number {
  let count = 0;
  while (raw.charCodeAt(at - 1 - count) === BACKSLASH) count += 1;
  return count;
}

function endOfLiteral(raw: string, from: number): number {
  let at = from;
  while (at < raw.length && !/[\s,\]}:]/.test(raw.charAt(at))) at += 1;
  return at;
}
