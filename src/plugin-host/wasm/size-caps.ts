import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type ImportCounts, readLimits, refused, skipValueType } from "./declarations.ts";
import { entriesOf, SECTION, type Section, withSection } from "./sections.ts";

/** Engines let memories grow to 4 GiB and tables to 10 million entries; here their declared maximum is made what they may have. */

/** Entries of a table. The largest of real guests, SpiderMonkey, has about 20,000. */
const TABLE_ENTRIES = 131_072;
const TABLES = 16;

/** The one memory a module may have, with a maximum of at most `pages`. Refused if it begins larger. */
export function capMemory(sections: readonly Section[], imports: ImportCounts, pages: number): readonly Section[] {
  const { count, reader } = entriesOf(sections, SECTION.memory);
  if (count + imports.memories > 1) throw refused("it has more than one memory");
  if (count === 0) return sections;
  const body = new ByteWriter();
  body.u32(count);
  writeCapped(body, reader, "memory", pages);
  return withSection(sections, { id: SECTION.memory, body: body.written });
}

/** Tables with a maximum. */
export function capTables(sections: readonly Section[], imports: ImportCounts): readonly Section[] {
  const { count, reader } = entriesOf(sections, SECTION.table);
  if (count + imports.tables > TABLES) throw refused(`it has more than ${TABLES} tables`);
  if (count === 0) return sections;
  const body = new ByteWriter();
  body.u32(count);
  for (let index = 0; index < count; index++) {
    const from = reader.at;
    // 0x40 0x00 begins a table whose entries are initialised by an expression, which follows.
    const initialised = reader.peek() === 0x40;
    if (initialised) reader.skip(2);
    skipValueType(reader);
    body.append(reader.bytes.subarray(from, reader.at));
    writeCapped(body, reader, "table", TABLE_ENTRIES);
    if (initialised) copyConstant(body, reader);
  }
  return withSection(sections, { id: SECTION.table, body: body.written });
}

function writeCapped(body: ByteWriter, reader: ByteReader, what: "memory" | "table", cap: number): void {
  const { min, max = cap } = readLimits(reader, what);
  const unit = what === "memory" ? "pages of 64 KiB" : "entries";
  if (min > cap) throw refused(`its ${what} begins with ${min} ${unit}, and ${cap} are allowed`);
  body.byte(1);
  body.u32(min);
  body.u32(Math.min(max, cap));
}

/** What may initialise a table: `ref.null`, `ref.func` or `global.get`, each with one number. */
function copyConstant(body: ByteWriter, reader: ByteReader): void {
  const from = reader.at;
  while (reader.byte() !== 0x0b) reader.skipLeb();
  body.append(reader.bytes.subarray(from, reader.at));
}
