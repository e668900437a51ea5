import type { ByteReader } from "./byte-reader.ts";
import { entriesOf, SECTION, type Section } from "./sections.ts";

/** Sizes of a memory (in pages) or a table (in entries). */
export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

/** How many of each kind a module imports. */
export interface ImportCounts {
  readonly functions: number;
  readonly memories: number;
  readonly tables: number;
  readonly globals: number;
}

const FUNCTION_TYPE = 0x60;

/** Passes a value type, which may be a reference to a heap type. */
export function skipValueType(reader: ByteReader): void {
  const code = reader.peek();
  if (code === 0x63 || code === 0x64) reader.byte();
  reader.skipLeb();
}

/** Passes a list of value types. */
export function skipValueTypes(reader: ByteReader): void {
  for (let left = reader.u32(); left > 0; left--) skipValueType(reader);
}

/** Limits of a memory or a table. Those that 64 bits or threads need are refused. */
export function readLimits(reader: ByteReader, what: string): Limits {
  const flags = reader.byte();
  if ((flags & 4) !== 0) throw refused(`its ${what} is addressed with 64 bits`);
  if ((flags & 2) !== 0) throw refused(`its ${what} is shared between threads`);
  if (flags > 1) throw reader.malformed(`limits have unknown flags`);
  const min = reader.u32();
  return { min, max: flags === 1 ? reader.u32() : undefined };
}

/**
 * How many types a module has. Only those of functions pass: objects and arrays of the garbage collector are outside of what the memory
 * limit limits.
 */
export function countTypes(sections: readonly Section[]): number {
  const { count, reader } = entriesOf(sections, SECTION.type);
  for (let index = 0; index < count; index++) {
    if (reader.byte() !== FUNCTION_TYPE) throw refused("it has types of the garbage collection proposal");
    skipValueTypes(reader);
    skipValueTypes(reader);
  }
  return count;
}

/** What a module imports. Memories and tables of others have their owner's limits. */
export function countImports(sections: readonly Section[], reservedName: string): ImportCounts {
  const { count, reader } = entriesOf(sections, SECTION.import);
  const counts = { functions: 0, memories: 0, tables: 0, globals: 0 };
  for (let index = 0; index < count; index++) {
    reader.name();
    if (reader.name() === reservedName) throw refused(`it imports ${reservedName}, a name that is reserved`);
    const kind = IMPORTS[reader.byte()];
    if (kind === undefined) throw reader.malformed("an import is of an unknown kind");
    kind.skip(reader);
    if (kind.counted !== undefined) counts[kind.counted] += 1;
  }
  return counts;
}

interface ImportKind {
  readonly counted?: keyof ImportCounts;
  skip(reader: ByteReader): void;
}

/** By the byte that says the kind. */
const IMPORTS: readonly ImportKind[] = [
  { counted: "functions", skip: (reader) => reader.skipLeb() },
  {
    counted: "tables",
    skip(reader) {
      skipValueType(reader);
      readLimits(reader, "table");
    },
  },
  { counted: "memories", skip: (reader) => void readLimits(reader, "memory") },
  {
    counted: "globals",
    skip(reader) {
      skipValueType(reader);
      reader.byte();
    },
  },
  // A tag of the exception proposal.
  {
    skip(reader) {
      reader.byte();
      reader.skipLeb();
    },
  },
];

/** Throws if the module exports the name. */
export function checkExports(sections: readonly Section[], reservedName: string): void {
  const { count, reader } = entriesOf(sections, SECTION.export);
  for (let index = 0; index < count; index++) {
    if (reader.name() === reservedName) throw refused(`it exports ${reservedName}, a name that is reserved`);
    reader.byte();
    reader.skipLeb();
  }
}

/** Why a module is not run although it is well formed. */
export function refused(why: string): Error {
  return new Error(`The WebAssembly module is refused: ${why}.`);
}
