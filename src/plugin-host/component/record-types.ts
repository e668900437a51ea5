import type { ValueType } from "./value-types.ts";

/** A type that has a name of its own, and how it is declared. */
export interface NamedType extends ValueType {
  readonly declaration: string;
}

/** The first place from `at` on where a value of that alignment may be. */
export function aligned(at: number, align: number): number {
  return Math.ceil(at / align) * align;
}

interface Field {
  readonly name: string;
  readonly type: ValueType;
  readonly at: number;
}

/** Fields one behind the other, each where its alignment lets it be. */
function laidOut(types: readonly (readonly [string, ValueType])[]): { fields: Field[]; size: number; align: number } {
  const fields: Field[] = [];
  let end = 0;
  const align = Math.max(1, ...types.map(([, type]) => type.align));
  for (const [name, type] of types) {
    const at = aligned(end, type.align);
    fields.push({ name, type, at });
    end = at + type.size;
  }
  return { fields, size: aligned(end, align), align };
}

/** `tuple<…>`. */
export function tuple(...types: readonly ValueType[]): ValueType {
  const { fields, size, align } = laidOut(types.map((type, at) => [String(at), type]));
  return {
    wit: `tuple<${types.map(({ wit }) => wit).join(", ")}>`,
    size,
    align,
    flat: types.flatMap(({ flat }) => flat),
    load: (memory, at) => fields.map((field) => field.type.load(memory, at + field.at)),
    store(memory, at, value) {
      for (const [index, { type, at: offset }] of fields.entries()) {
        type.store(memory, at + offset, (value as readonly unknown[])[index]);
      }
    },
    lift(memory, flat, at) {
      let from = at;
      return fields.map(({ type }) => {
        const lifted = type.lift(memory, flat, from);
        from += type.flat.length;
        return lifted;
      });
    },
    lower(memory, value, flat) {
      for (const [index, { type }] of fields.entries()) type.lower(memory, (value as readonly unknown[])[index], flat);
    },
  };
}

/** As jco writes names: `timeout-ms` is `timeoutMs`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `record`. */
export function record(name: string, of: Readonly<Record<string, ValueType>>): NamedType {
  const names = Object.keys(of).map(camelCase);
  const whole = tuple(...Object.values(of));
  const listed = (value: unknown): unknown[] =>
    names.map((field) => (value as Readonly<Record<string, unknown>>)[field]);
  const named = (values: unknown): unknown =>
    Object.fromEntries(names.map((field, at) => [field, (values as readonly unknown[])[at]]));
  const lines = Object.entries(of).map(([field, { wit }]) => `    ${escaped(field)}: ${wit},\n`);
  return {
    wit: name,
    declaration: `  record ${name} {\n${lines.join("")}  }\n`,
    size: whole.size,
    align: whole.align,
    flat: whole.flat,
    load: (memory, at) => named(whole.load(memory, at)),
    store: (memory, at, value) => whole.store(memory, at, listed(value)),
    lift: (memory, flat, at) => named(whole.lift(memory, flat, at)),
    lower: (memory, value, flat) => whole.lower(memory, listed(value), flat),
  };
}

/** WIT's own words, which as names need a mark before them. */
const KEYWORDS = new Set(["list", "record", "string", "option", "result", "type", "func", "use", "import", "export"]);

/** A name that WIT may have a word of its own for. */
export function escaped(name: string): string {
  return KEYWORDS.has(name) ? `%${name}` : name;
}
