import type { JavaValue } from "./java-value.ts";
import { HessianSource } from "./source.ts";

/** Nothing that means something is nested this deep. */
const MAX_DEPTH = 200;

/** Lists, maps and objects take few bytes there, and many here. */
const MOST_SHAPES = 2 * 2 ** 20;

interface ClassDefinition {
  readonly name: string;
  readonly fields: readonly string[];
}

type Shape = JavaValue[] | Record<string, JavaValue>;

/**
 * Reads Hessian 2 as Higress shows it: objects have their class as `class`, untyped maps lose a key of that name (a provider puts its
 * classes' names there), dates are milliseconds. What is referred to twice is there twice, as one; it may hold itself.
 */
export class HessianReader {
  readonly #source: HessianSource;
  /** Lists, maps and objects in their order: references are places in it. */
  readonly #shapes: Shape[] = [];
  readonly #types: string[] = [];
  readonly #classes: ClassDefinition[] = [];
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#source = new HessianSource(bytes);
  }

  /** The next value. Throws an Error at the end, and at what is no Hessian 2. */
  read(): JavaValue {
    if (++this.#depth > MAX_DEPTH) throw new Error("it is nested too deep");
    const value = this.#value(this.#source.byte());
    this.#depth -= 1;
    return value;
  }

  #value(code: number): JavaValue {
    const source = this.#source;
    const plain = source.scalar(code);
    if (plain !== undefined) return plain;
    if (code >= 0x60 && code < 0x70) return this.#object(code - 0x60);
    if (code >= 0x70 && code < 0x80) {
      if (code < 0x78) this.#type();
      return this.#list(code & 7);
    }
    switch (String.fromCharCode(code)) {
      case "C":
        this.#define();
        return this.#value(source.byte());
      case "O":
        return this.#object(source.integer());
      case "H":
        return this.#map("");
      case "M":
        return this.#map(this.#type());
      case "Q":
        return this.#shapes[source.integer()] ?? source.fail();
      case "U":
        this.#type();
        return this.#list();
      case "V":
        this.#type();
        return this.#list(source.integer());
      case "W":
        return this.#list();
      case "X":
        return this.#list(source.integer());
      default:
        return source.fail();
    }
  }

  /** As text the first time, then by its number. */
  #type(): string {
    const said = this.read();
    if (typeof said === "string") {
      this.#types.push(said);
      return said;
    }
    return (typeof said === "number" ? this.#types[said] : undefined) ?? this.#source.fail();
  }

  #list(length?: number): JavaValue {
    const list: JavaValue[] = [];
    this.#keep(list);
    for (let count = 0; length === undefined ? !this.#source.ends() : count < length; count++) list.push(this.read());
    return list;
  }

  #map(type: string): JavaValue {
    const map = this.#shape();
    while (!this.#source.ends()) {
      const key = keyOf(this.read());
      const value = this.read();
      if (type !== "" || key !== "class") map[key] = value;
    }
    return map;
  }

  #define(): void {
    const name = this.#name();
    const count = this.#source.integer();
    const fields: string[] = [];
    while (fields.length < count) fields.push(this.#name());
    this.#classes.push({ name, fields });
  }

  #name(): string {
    const name = this.read();
    return typeof name === "string" ? name : this.#source.fail();
  }

  #object(index: number): JavaValue {
    const { name, fields } = this.#classes[index] ?? this.#source.fail();
    const object = this.#shape();
    object["class"] = name;
    for (const field of fields) object[field] = this.read();
    return object;
  }

  /** Without a prototype, so that no key means anything. */
  #shape(): Record<string, JavaValue> {
    const shape: Record<string, JavaValue> = Object.create(null);
    this.#keep(shape);
    return shape;
  }

  #keep(shape: Shape): void {
    if (this.#shapes.push(shape) > MOST_SHAPES) throw new Error("it holds too many values");
  }
}

function keyOf(key: JavaValue): string {
  return typeof key === "object"
    ? JSON.stringify(key, (_, one) => (typeof one === "bigint" ? String(one) : one))
    : String(key);
}
