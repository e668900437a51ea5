import type { DiskCache } from "./disk-cache.ts";
import { sha256 } from "./digest.ts";
import type { Downloads } from "./download.ts";
import type { CheckedReference } from "./reference.ts";

/** A module. */
export interface LoadedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** One module on its way. */
export interface Loading {
  readonly reference: CheckedReference;
  readonly cache: DiskCache;
  readonly downloads: Downloads;
  /** What relative files start from. */
  readonly folder: string;
  readonly maxBytes: number;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** A module and its digest. Throws an Error if the bytes are no WebAssembly, or their digest is not among those that are wanted. */
export async function checkedModule(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: string | undefined,
  alsoItsDigests: readonly string[] = [],
): Promise<LoadedModule> {
  const digest = await sha256(bytes);
  if (wanted !== undefined && wanted !== digest && !alsoItsDigests.includes(wanted)) {
    throw new Error(`it has the SHA-256 ${[digest, ...alsoItsDigests].join(" or ")}, and ${wanted} is configured.`);
  }
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw new Error("it is no WebAssembly.");
  return { bytes, sha256: digest };
}
