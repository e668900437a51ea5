import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/** The ids of sections. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
} as const;

/** All known sections in the order in which a module has them; ids do not rise everywhere: 13 is tags, 12 the count of data segments. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A section: its id, and what it holds. */
export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** A module taken apart. The bodies are views of its bytes. */
export function readSections(module: Uint8Array): readonly Section[] {
  if (HEADER.some((byte, index) => module[index] !== byte)) {
    throw new Error("The WebAssembly module is malformed: it does not begin as a core module of version 1 does.");
  }
  const reader = new ByteReader(module, HEADER.length);
  const sections: Section[] = [];
  let last = -1;
  while (!reader.done) {
    const id = reader.byte();
    const { at, end } = reader.part(reader.u32());
    if (id !== SECTION.custom) {
      const rank = ORDER.indexOf(id);
      if (rank <= last) throw reader.malformed(`section ${id} is unknown, repeated or out of order`);
      last = rank;
    }
    sections.push({ id, body: module.subarray(at, end) });
  }
  return sections;
}

/** The entries of a section: how many, and a reader behind the count. Without the section there are none. */
export function entriesOf(
  sections: readonly Section[],
  id: number,
): { readonly count: number; readonly reader: ByteReader } {
  const reader = new ByteReader(sections.find((section) => section.id === id)?.body ?? Uint8Array.of(0));
  return { count: reader.u32(), reader };
}

/** Puts a section in the place of the one with its id, or where one belongs. */
export function withSection(sections: readonly Section[], section: Section): readonly Section[] {
  const at = sections.findIndex(({ id }) => id === section.id);
  if (at !== -1) return sections.with(at, section);
  const rank = ORDER.indexOf(section.id);
  const next = sections.findIndex(({ id }) => ORDER.indexOf(id) > rank);
  return sections.toSpliced(next === -1 ? sections.length : next, 0, section);
}

/** Adds an entry to a section whose body is a list. */
export function withEntry(sections: readonly Section[], id: number, entry: ArrayLike<number>): readonly Section[] {
  const { count, reader } = entriesOf(sections, id);
  const body = new ByteWriter();
  body.u32(count + 1);
  body.append(reader.bytes.subarray(reader.at));
  body.append(entry);
  return withSection(sections, { id, body: body.written });
}

/** A module put together. */
export function writeSections(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 + sections.reduce((sum, { body }) => sum + body.length + 6, 0));
  writer.append(HEADER);
  for (const { id, body } of sections) {
    writer.byte(id);
    writer.sized(body);
  }
  return writer.written;
}
