import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { checkExports, countImports, countTypes } from "./declarations.ts";
import { bulkCharge, FuelWriter } from "./fuel-code.ts";
import { capMemory, capTables } from "./size-caps.ts";
import { entriesOf, readSections, SECTION, type Section, withEntry, withSection, writeSections } from "./sections.ts";

/**
 * Engines bound neither a guest's memory nor its time, so the module is rewritten before it is compiled. For both loaders:
 *
 *     const module = new WebAssembly.Module(meter(bytes, { memoryPages: 512, fuel: true }));
 *     fuel.attach(new WebAssembly.Instance(module, imports).exports);   // a Fuel, see fuel.ts
 *     fuel.refuel(units);                                               // before each hook
 *
 * A component's every core module is given to it. A memory of another module is bounded where that one is metered, so a host gives none of
 * its own.
 */

/** What a guest may have. */
export interface MeterLimits {
  /** Of its memory, in pages of 64 KiB. */
  readonly memoryPages: number;
  /** Count its work. Without, an endless loop is never ended. */
  readonly fuel: boolean;
  /** Units for what runs while it is instantiated, before anybody can refuel. */
  readonly startUnits?: number;
}

/** The global that holds the units left. */
export const FUEL_EXPORT = "__sluice_fuel";

const START_UNITS = 50_000_000;

/** The module with its limits written into it. Throws an Error that says why it is malformed, or refused. */
export function meter(module: Uint8Array, limits: MeterLimits): Uint8Array<ArrayBuffer> {
  const before = readSections(module);
  countTypes(before);
  const imports = countImports(before, FUEL_EXPORT);
  checkExports(before, FUEL_EXPORT);
  const sections = capTables(capMemory(before, imports, limits.memoryPages), imports);
  // Indices that point behind the last one would otherwise mean what is added here: the fuel.
  checkValid(module);
  return writeSections(limits.fuel ? fuelled(sections, limits.startUnits ?? START_UNITS) : sections);
}

/** The engine's own check, which says what is wrong only when it is made to compile. */
function checkValid(module: Uint8Array): void {
  const bytes = new Uint8Array(module);
  if (WebAssembly.validate(bytes)) return;
  let reason = "the engine does not say why";
  try {
    compile(bytes);
  } catch (error) {
    if (error instanceof Error) reason = error.message;
  }
  throw new Error(`The WebAssembly module is not valid: ${reason}`);
}

function compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return new WebAssembly.Module(bytes);
}

function fuelled(before: readonly Section[], startUnits: number): readonly Section[] {
  const imports = countImports(before, FUEL_EXPORT);
  const fuel = imports.globals + entriesOf(before, SECTION.global).count;
  const bulk = imports.functions + entriesOf(before, SECTION.function).count;
  const writer = new FuelWriter({ fuel, bulk });
  let sections = withCode(before.filter(isNoHint), writer);
  if (writer.usesBulk) {
    sections = withEntry(sections, SECTION.function, number(countTypes(sections)));
    sections = withEntry(sections, SECTION.type, [0x60, 1, 0x7f, 1, 0x7f]);
    sections = withEntry(sections, SECTION.code, sized(bulkCharge(fuel)));
  }
  sections = withEntry(sections, SECTION.global, startGlobal(startUnits));
  return withEntry(sections, SECTION.export, fuelExport(fuel));
}

function withCode(sections: readonly Section[], writer: FuelWriter): readonly Section[] {
  const { count, reader } = entriesOf(sections, SECTION.code);
  if (count === 0) return sections;
  const code = new ByteWriter(Math.ceil(reader.bytes.length * 1.25) + 64);
  code.u32(count);
  for (let index = 0; index < count; index++) code.sized(writer.rewrite(reader.part(reader.u32())));
  return withSection(sections, { id: SECTION.code, body: code.written });
}

/** Hints for compilers name places in the code, which move. */
function isNoHint({ id, body }: Section): boolean {
  return id !== SECTION.custom || !new ByteReader(body).name().startsWith("metadata.code.");
}

/** A mutable i32. */
function startGlobal(units: number): Uint8Array {
  const entry = new ByteWriter();
  entry.append([0x7f, 0x01, 0x41]);
  entry.s32(units);
  entry.byte(0x0b);
  return entry.written;
}

function fuelExport(global: number): Uint8Array {
  const entry = new ByteWriter();
  entry.sized(new TextEncoder().encode(FUEL_EXPORT));
  entry.byte(3);
  entry.u32(global);
  return entry.written;
}

function number(value: number): Uint8Array {
  const entry = new ByteWriter();
  entry.u32(value);
  return entry.written;
}

function sized(bytes: Uint8Array): Uint8Array {
  const entry = new ByteWriter();
  entry.sized(bytes);
  return entry.written;
}
