import type { Bytes } from "#src/core/plugin.ts";
import type { KeyValues } from "./key-values.ts";

/**
 * Forms in parts (RFC 7578), looked into no further than needed: files stay byte by byte. The runtimes' own `formData` is not enough: Bun's
 * (1.4.5) forgets the types of files.
 */
export interface MultipartForm {
  /** The fields that are no files. */
  readonly values: KeyValues;
  /** The form with other values; files and fields stay in their order, new fields come last. */
  print(values: KeyValues): Bytes;
}

interface Part {
  /** Undefined for files and for what has no name. */
  readonly name: string | undefined;
  /** As it came, from behind its delimiter to before the next. */
  readonly raw: string;
  readonly value: string;
}

/** Undefined when the body is no such form. */
export function parseMultipart(body: Bytes, contentType: string): MultipartForm | undefined {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  const delimiter = `\r\n--${boundary}`;
  const [, ...pieces] = `\r\n${binaryOf(body)}`.split(delimiter);
  if (pieces.pop()?.startsWith("--") !== true) return undefined;
  const parts = pieces.map(partOf);
  return {
    values: valuesOf(parts),
    print: (values) =>
      bytesOf(
        `${printed(parts, values)
          .map((raw) => delimiter + raw)
          .join("")}${delimiter}--\r\n`.slice(2),
      ),
  };
}

function partOf(raw: string): Part {
  const end = raw.indexOf("\r\n\r\n");
  const head = raw.slice(0, Math.max(end, 0));
  const disposition = /^content-disposition:([^\r\n]*)/im.exec(head)?.[1] ?? "";
  const isFile = /;\s*filename\*?=/i.test(disposition);
  const [, quoted, plain] = /;\s*name=(?:"([^"]*)"|([^;\s]+))/i.exec(disposition) ?? [];
  const name = quoted === undefined ? plain : unescaped(quoted);
  const known = isFile || name === undefined || end < 0 ? undefined : textOf(name);
  return { name: known, raw, value: known === undefined ? "" : textOf(raw.slice(end + 4)) };
}

function valuesOf(parts: readonly Part[]): KeyValues {
  const values = new Map<string, readonly string[]>();
  for (const { name, value } of parts) if (name !== undefined) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

function printed(parts: readonly Part[], values: KeyValues): string[] {
  const left = new Map(Array.from(values, ([name, all]) => [name, [...all]]));
  const raws: string[] = [];
  const put = (name: string, raw: string | undefined, was: string | undefined): void => {
    const value = left.get(name)?.shift();
    if (value !== undefined) raws.push(raw !== undefined && value === was ? raw : fieldOf(name, value));
  };
  for (const { name, raw, value } of parts) {
    if (name === undefined) raws.push(raw);
    else put(name, raw, value);
  }
  for (const [name, all] of left) for (let rest = all.length; rest > 0; rest--) put(name, undefined, undefined);
  return raws;
}

/** Names are escaped as the HTML standard has it. */
function unescaped(name: string): string {
  return name.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%22", '"');
}

function fieldOf(name: string, value: string): string {
  const escaped = name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
  return `\r\nContent-Disposition: form-data; name="${binaryText(escaped)}"\r\n\r\n${binaryText(value)}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How many bytes become characters at a time: arguments of a call are limited. */
const STEP = 8192;

/** A character for each byte. */
function binaryOf(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += STEP) pieces.push(String.fromCharCode(...bytes.subarray(at, at + STEP)));
  return pieces.join("");
}

function bytesOf(binary: string): Bytes {
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function textOf(binary: string): string {
  return decoder.decode(bytesOf(binary));
}

function binaryText(text: string): string {
  return binaryOf(encoder.encode(text));
}
