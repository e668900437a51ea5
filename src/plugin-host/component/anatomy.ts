import { ByteReader } from "../wasm/byte-reader.ts";

/**
 * What a component is made of, as far as has to be known before anything of it runs
 * (https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md).
 */
export interface Anatomy {
  /** The names of what it imports. */
  readonly imports: readonly string[];
  /** Its own core modules, not those of components inside. */
  readonly modules: readonly Uint8Array[];
  /** Core modules stand in it alone, not in components inside, and texts are UTF-8 everywhere: its guest can be called without glue. */
  readonly plain: boolean;
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const SECTION = { module: 1, component: 4, canon: 8, import: 10 } as const;

/** Throws an Error that says what is malformed. */
export function readAnatomy(component: Uint8Array): Anatomy {
  if (HEADER.some((byte, index) => component[index] !== byte)) {
    throw new Error("it is no component of the version that is known here (a component of WASI 0.2 is wanted)");
  }
  const reader = new ByteReader(component, HEADER.length);
  const imports: string[] = [];
  const modules: Uint8Array[] = [];
  let plain = true;
  while (!reader.done) {
    const id = reader.byte();
    const body = reader.part(reader.u32());
    const bytes = component.subarray(body.at, body.end);
    if (id === SECTION.module) modules.push(bytes);
    else if (id === SECTION.component) plain &&= hasNoModules(bytes);
    else if (id === SECTION.canon) plain &&= isPlain(body);
    else if (id === SECTION.import) imports.push(...importNames(body));
  }
  return { imports, modules, plain };
}

function hasNoModules(component: Uint8Array): boolean {
  const { modules, plain } = readAnatomy(component);
  return plain && modules.length === 0;
}

/** How far an import's description goes, by its first byte; each ends with an index. */
const SORTS: Readonly<Record<number, (reader: ByteReader) => void>> = {
  0x00: (reader) => {
    reader.byte();
    reader.skipLeb();
  },
  0x01: (reader) => reader.skipLeb(),
  0x03: (reader) => {
    if (reader.byte() === 0) reader.skipLeb();
  },
  0x04: (reader) => reader.skipLeb(),
  0x05: (reader) => reader.skipLeb(),
};

function importNames(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    if (reader.byte() > 1) throw reader.malformed("an import's name is of a kind that is not known here");
    names.push(reader.name());
    const skip = SORTS[reader.byte()];
    if (skip === undefined) throw reader.malformed("an import is of a kind that is not known here");
    skip(reader);
  }
  return names;
}

const LIFT = 0x00;
const LOWER = 0x01;
const RESOURCES = new Set([0x02, 0x03, 0x04]);
/** Options of functions: UTF-8, and who gives memory and takes it back. Others are text in other codes, and functions that run apart. */
const OPTIONS: Readonly<Record<number, "bare" | "indexed">> = {
  0x00: "bare",
  0x03: "indexed",
  0x04: "indexed",
  0x05: "indexed",
};

/** Whether functions cross the component's border as the direct path has it. */
function isPlain(reader: ByteReader): boolean {
  for (let left = reader.u32(); left > 0; left--) {
    const kind = reader.byte();
    if (RESOURCES.has(kind)) {
      reader.skipLeb();
      continue;
    }
    if (kind !== LIFT && kind !== LOWER) return false;
    reader.byte();
    reader.skipLeb();
    for (let options = reader.u32(); options > 0; options--) {
      const option = OPTIONS[reader.byte()];
      if (option === undefined) return false;
      if (option === "indexed") reader.skipLeb();
    }
    if (kind === LIFT) reader.skipLeb();
  }
  return true;
}
