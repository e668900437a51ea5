const BLOCK = 512;

const ascii = new TextDecoder("latin1");

/**
 * The content of the first file in a tar archive whose path ends with the name; undefined if there is none. Reads the formats v7, ustar and
 * GNU's; long paths, which have entries of their own before them, are passed: a name that is looked for is short. Throws an Error if it is no
 * archive.
 */
export function findInTar(archive: Uint8Array, name: string): Uint8Array | undefined {
  let at = 0;
  while (at + BLOCK <= archive.length) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return undefined;
    checkSum(header);
    const size = numberIn(header.subarray(124, 136));
    const content = at + BLOCK;
    if (content + size > archive.length) throw new Error("The image's archive ends too early.");
    if (isFile(header) && baseName(header) === name) return archive.subarray(content, content + size);
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function isFile(header: Uint8Array): boolean {
  return header[156] === 0x30 || header[156] === 0;
}

function baseName(header: Uint8Array): string {
  return textIn(header.subarray(0, 100)).split("/").at(-1) ?? "";
}

function textIn(field: Uint8Array): string {
  const end = field.indexOf(0);
  return ascii.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or with the first bit set a binary number. */
function numberIn(field: Uint8Array): number {
  const [first = 0, ...rest] = field;
  const value =
    first >= 0x80
      ? rest.reduce((sum, byte) => sum * 256 + byte, first & 0x7f)
      : Number.parseInt(textIn(field).trim() || "0", 8);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error("The image's archive is damaged.");
  return value;
}

/** The sum of a header's bytes, its own field taken as spaces. */
function checkSum(header: Uint8Array): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== numberIn(header.subarray(148, 156)))
    throw new Error("The image's layer is no tar archive, or is damaged.");
}
