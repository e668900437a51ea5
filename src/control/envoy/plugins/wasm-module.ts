import { Refusal } from "../refusal.ts";

/** What of Proxy-Wasm's ABI Envoy speaks; Higress' own 0.2.100 is none of it. */
const ABIS: ReadonlySet<string> = new Set([
  "proxy_abi_version_0_1_0",
  "proxy_abi_version_0_2_0",
  "proxy_abi_version_0_2_1",
]);

/** Behind the magic number: a module's version, then what tells components from modules. */
const HEADER = 8;
const LAYER = 6;
const EXPORTS = 7;

/** Why Envoy cannot run a WebAssembly file; undefined when it can. */
export function moduleRefusal(bytes: Uint8Array): Refusal | undefined {
  if (bytes[LAYER] === 1) return new Refusal("it is a component");
  const names = exportsOf(bytes);
  if (names.some((name) => ABIS.has(name))) return undefined;
  const own = names.find((name) => name.startsWith("proxy_abi_version_"));
  return new Refusal(own === undefined ? "it is no proxy-wasm module" : `it speaks ${own}, which Envoy does not`);
}

/** The names that a module exports. */
function exportsOf(bytes: Uint8Array): string[] {
  const cursor = { bytes, at: HEADER };
  while (cursor.at < bytes.length) {
    const id = bytes[cursor.at++];
    const size = varint(cursor);
    if (id === EXPORTS) return readExports(cursor);
    cursor.at += size;
  }
  return [];
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readExports(cursor: Cursor): string[] {
  const decoder = new TextDecoder();
  const names: string[] = [];
  for (let left = varint(cursor); left > 0 && cursor.at < cursor.bytes.length; left--) {
    const length = varint(cursor);
    names.push(decoder.decode(cursor.bytes.subarray(cursor.at, cursor.at + length)));
    // The kind, and the index.
    cursor.at += length + 1;
    varint(cursor);
  }
  return names;
}

/** LEB128; what is behind the end counts as zero. */
function varint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  return value;
}
