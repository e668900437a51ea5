import { createHash } from "node:crypto";
import { bindgen } from "#src/plugin-host/component/jco.ts";

/** What can be told of a plugin's file without running it. */
export interface Inspection {
  readonly kind: "component" | "proxy-wasm" | "module";
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Of a proxy-wasm module, by what it exports: `0.2.1`. */
  readonly abi?: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** The layer that components have and core modules do not (component model, "Binary format"). */
const COMPONENT_LAYER = 1;
const ABI = /^proxy_abi_version_(\d+)_(\d+)_(\d+)$/;

/** Throws an Error when the bytes are no WebAssembly. */
export async function inspect(bytes: Uint8Array<ArrayBuffer>): Promise<Inspection> {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw new Error("it is no WebAssembly");
  const facts = { size: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
  if (bytes[6] === COMPONENT_LAYER) return { kind: "component", ...facts, ...(await componentNames(bytes)) };
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map((one) => `${one.module}.${one.name}`);
  const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
  const version = exports.map((name) => ABI.exec(name)).find((match) => match !== null);
  if (version == null) return { kind: "module", ...facts, imports, exports };
  return { kind: "proxy-wasm", abi: version.slice(1).join("."), ...facts, imports, exports };
}

async function componentNames(bytes: Uint8Array): Promise<Pick<Inspection, "imports" | "exports">> {
  const { generate } = await bindgen();
  const { imports, exports } = generate(bytes, { name: "plugin", instantiation: { tag: "async" }, noTypescript: true });
  return { imports, exports: exports.map(([name]) => name) };
}
