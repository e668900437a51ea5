import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { skipValueType } from "./declarations.ts";
import { passInstruction } from "./instructions.ts";

/**
 * Writes checks into a module's functions: at the beginning of each and of each loop's turn a unit is taken from a global, and below
 * nothing the guest traps. Long code without loops is checked at least every {@link STRETCH} bytes on whatever way it is passed; what
 * fills or copies costs a unit for each 64 bytes or entries.
 */

/** Bytes of code that one unit may pay for. */
const STRETCH = 4096;

/** What the checks refer to, by index. */
export interface Meters {
  /** The global that holds what is left. */
  readonly fuel: number;
  /** A function from i32 to the same i32, which takes units for that many bytes; its type and body are {@link bulkCharge}'s. */
  readonly bulk: number;
}

/** `fuel -= <i32 on the stack>; if (fuel < 0) unreachable`, the subtrahend being what `amount` pushes. */
function charge(fuel: number, amount: readonly number[]): Uint8Array {
  const code = new ByteWriter();
  code.byte(0x23); // global.get
  code.u32(fuel);
  code.append(amount);
  code.append([0x6b, 0x24]); // i32.sub, global.set
  code.u32(fuel);
  code.byte(0x23);
  code.u32(fuel);
  code.append([0x41, 0x00, 0x48, 0x04, 0x40, 0x00, 0x0b]); // i32.const 0, i32.lt_s, if, unreachable, end
  return code.written;
}

/** The body of the function that charges for fills and copies, without its size. */
export function bulkCharge(fuel: number): Uint8Array {
  const code = new ByteWriter();
  code.byte(0); // no locals
  code.append(charge(fuel, [0x20, 0x00, 0x41, 0x06, 0x76])); // local.get 0, i32.const 6, i32.shr_u
  code.append([0x20, 0x00, 0x0b]);
  return code.written;
}

/** Puts checks into the bodies of functions. */
export class FuelWriter {
  readonly #check: Uint8Array;
  readonly #chargeBulk: Uint8Array;
  readonly #body = new ByteWriter(4096);
  /** Whether the function for fills and copies is called. */
  usesBulk = false;

  constructor(meters: Meters) {
    this.#check = charge(meters.fuel, [0x41, 0x01]); // i32.const 1
    const call = new ByteWriter();
    call.byte(0x10);
    call.u32(meters.bulk);
    this.#chargeBulk = call.written;
  }

  /** The function's body with checks; holds until the next call. Throws an Error if it cannot be read to exactly its end. */
  rewrite(source: ByteReader): Uint8Array {
    const body = this.#body;
    body.clear();
    const start = source.at;
    skipLocals(source);
    let copied = start;
    const insert = (code: Uint8Array, at: number): void => {
      body.append(source.bytes.subarray(copied, at));
      body.append(code);
      copied = at;
    };
    insert(this.#check, source.at);

    /** Where the last check stands that is not a loop's: those may be jumped over unseen. */
    let checked = source.at;
    /** For each open block, whether it holds such a check: then who jumps out of it has perhaps passed none. */
    const blocks: boolean[] = [false];
    while (blocks.length > 0) {
      const at = source.at;
      const kind = passInstruction(source);
      if (kind === "bulk") {
        insert(this.#chargeBulk, at);
        this.usesBulk = true;
      }
      if (kind === "block" || kind === "loop") blocks.push(false);
      if (kind === "loop") insert(this.#check, source.at);
      const jumped = (kind === "else" && blocks.at(-1)) || (kind === "end" && blocks.pop());
      if (kind === "end" && blocks.length === 0) break;
      if (!jumped && source.at - checked < STRETCH) continue;
      insert(this.#check, source.at);
      checked = source.at;
      blocks[blocks.length - 1] = true;
    }
    if (!source.done) throw source.malformed("a function goes on behind its end");
    body.append(source.bytes.subarray(copied, source.at));
    return body.written;
  }
}

function skipLocals(reader: ByteReader): void {
  for (let left = reader.u32(); left > 0; left--) {
    reader.skipLeb();
    skipValueType(reader);
  }
}
