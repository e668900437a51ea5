import type { ByteReader } from "./byte-reader.ts";
import { refused, skipValueType, skipValueTypes } from "./declarations.ts";

/**
 * What follows each opcode, so that a function's instructions can be told apart (https://webassembly.github.io/spec/core/binary/instructions.html, with
 * exceptions, tail calls, function references, SIMD, threads and wide arithmetic). An opcode that is not known here is refused: what
 * cannot be read cannot be metered.
 */

/** What an instruction is for those who meter. */
export type Instruction = "plain" | "block" | "loop" | "else" | "end" | "bulk";

type Skip = (reader: ByteReader) => void;

interface Opcode {
  readonly kind: Instruction;
  readonly skip: Skip;
}

const nothing: Skip = () => {};
const leb: Skip = (reader) => reader.skipLeb();
const twoLebs: Skip = (reader) => {
  reader.skipLeb();
  reader.skipLeb();
};
const fixed =
  (count: number): Skip =>
  (reader) =>
    reader.skip(count);
const lebs: Skip = (reader) => {
  for (let left = reader.u32(); left > 0; left--) reader.skipLeb();
};
const branchTable: Skip = (reader) => {
  lebs(reader);
  reader.skipLeb();
};
/** Alignment, of which bit 6 says that an index of a memory follows, and offset. */
const memoryArgument: Skip = (reader) => {
  if ((reader.u32() & 0x40) !== 0) reader.skipLeb();
  reader.skipLeb();
};
const memoryArgumentAndLane: Skip = (reader) => {
  memoryArgument(reader);
  reader.skip(1);
};
/** Block type, and catch clauses: two kinds name a tag and a label, two a label alone. */
const tryTable: Skip = (reader) => {
  skipValueType(reader);
  for (let left = reader.u32(); left > 0; left--) (reader.byte() < 2 ? twoLebs : leb)(reader);
};

type Row = readonly [first: number, last: number, skip: Skip, kind?: Instruction];

function table(rows: readonly Row[]): readonly (Opcode | undefined)[] {
  const opcodes: (Opcode | undefined)[] = [];
  for (const [first, last, skip, kind = "plain"] of rows) {
    for (let code = first; code <= last; code++) opcodes[code] = { kind, skip };
  }
  return opcodes;
}

const PLAIN = table([
  [0x00, 0x01, nothing],
  [0x02, 0x02, skipValueType, "block"],
  [0x03, 0x03, skipValueType, "loop"],
  [0x04, 0x04, skipValueType, "block"],
  [0x05, 0x05, nothing, "else"],
  [0x06, 0x06, skipValueType, "block"], // try, which ends with `end` or `delegate`
  [0x07, 0x07, leb, "else"], // catch
  [0x08, 0x09, leb],
  [0x0a, 0x0a, nothing],
  [0x0b, 0x0b, nothing, "end"],
  [0x0c, 0x0d, leb],
  [0x0e, 0x0e, branchTable],
  [0x0f, 0x0f, nothing],
  [0x10, 0x10, leb],
  [0x11, 0x11, twoLebs],
  [0x12, 0x12, leb],
  [0x13, 0x13, twoLebs],
  [0x14, 0x15, leb],
  [0x18, 0x18, leb, "end"], // delegate
  [0x19, 0x19, nothing, "else"], // catch_all
  [0x1a, 0x1b, nothing],
  [0x1c, 0x1c, skipValueTypes],
  [0x1f, 0x1f, tryTable, "block"],
  [0x20, 0x26, leb],
  [0x28, 0x3e, memoryArgument],
  [0x3f, 0x42, leb],
  [0x43, 0x43, fixed(4)],
  [0x44, 0x44, fixed(8)],
  [0x45, 0xc4, nothing],
  [0xd0, 0xd0, leb],
  [0xd1, 0xd1, nothing],
  [0xd2, 0xd2, leb],
  [0xd3, 0xd4, nothing],
  [0xd5, 0xd6, leb],
]);

/** Behind a prefix. Those marked `bulk` work in proportion to the i32 on top of the stack. */
const PREFIXED: Readonly<Record<number, readonly (Opcode | undefined)[]>> = {
  0xfc: table([
    [0, 7, nothing],
    [8, 8, twoLebs, "bulk"], // memory.init
    [9, 9, leb],
    [10, 10, twoLebs, "bulk"], // memory.copy
    [11, 11, leb, "bulk"], // memory.fill
    [12, 12, twoLebs, "bulk"], // table.init
    [13, 13, leb],
    [14, 14, twoLebs, "bulk"], // table.copy
    [15, 15, leb, "bulk"], // table.grow
    [16, 16, leb],
    [17, 17, leb, "bulk"], // table.fill
    [19, 22, nothing],
  ]),
  0xfd: table([
    [0, 0x113, nothing],
    [0, 11, memoryArgument],
    [12, 13, fixed(16)],
    [21, 34, fixed(1)],
    [84, 91, memoryArgumentAndLane],
    [92, 93, memoryArgument],
  ]),
  0xfe: table([
    [0x00, 0x02, memoryArgument],
    [0x03, 0x03, fixed(1)],
    [0x10, 0x4e, memoryArgument],
  ]),
};

/** Passes one instruction and says what it was. */
export function passInstruction(reader: ByteReader): Instruction {
  const code = reader.byte();
  if (code === 0xfb) throw refused("it has instructions of the garbage collection proposal");
  const prefixed = PREFIXED[code];
  const second = prefixed === undefined ? undefined : reader.u32();
  const opcode = prefixed === undefined ? PLAIN[code] : prefixed[second ?? 0];
  if (opcode === undefined) {
    const name = [code, second].filter((part) => part !== undefined).map((part) => `0x${part.toString(16)}`);
    throw refused(`it has an instruction that is not known (${name.join(" ")})`);
  }
  opcode.skip(reader);
  return opcode.kind;
}
