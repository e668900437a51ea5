import { joined } from "#src/core/collect-bytes.ts";
import { isObject, type Json } from "#src/core/json.ts";
import type { RequestBody } from "./body-content.ts";
import { ArgumentError } from "./argument-error.ts";

/** A part of a multipart body. */
export interface Part extends FileContent {
  readonly name: string;
}

export interface FileContent {
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  readonly bytes: string | Uint8Array<ArrayBuffer>;
}

/** A file as an argument gives it: `{ text | base64, filename?, mediaType? }`. Throws an ArgumentError for what is none. */
export function fileOf(value: Json, mediaType: string | undefined): FileContent {
  if (typeof value === "string") return { filename: "file", mediaType, bytes: value };
  if (!isObject(value))
    throw new ArgumentError("A file is given as { text } or { base64 }, with a filename and a mediaType.");
  const { text, base64, filename, mediaType: given } = value;
  return {
    filename: typeof filename === "string" ? filename : "file",
    mediaType: typeof given === "string" ? given : (mediaType ?? "application/octet-stream"),
    bytes: typeof base64 === "string" ? decoded(base64) : typeof text === "string" ? text : "",
  };
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new ArgumentError("The file's base64 is not valid.");
  }
}

const encoder = new TextEncoder();

/** RFC 7578. The boundary is drawn by the machine's own chance: no part can hold it but by design. */
export function multipartBody(parts: readonly Part[]): RequestBody {
  const boundary = `sluice-${crypto.randomUUID()}`;
  const chunks = parts.flatMap(({ name, filename, mediaType, bytes }) => {
    const file = filename === undefined ? "" : `; filename="${quoted(filename)}"`;
    const type = mediaType === undefined ? "" : `Content-Type: ${mediaType.replaceAll(/[\r\n]/g, "")}\r\n`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n${type}\r\n`;
    return [encoder.encode(head), typeof bytes === "string" ? encoder.encode(bytes) : bytes, encoder.encode("\r\n")];
  });
  chunks.push(encoder.encode(`--${boundary}--\r\n`));
  return { bytes: joined(chunks), contentType: `multipart/form-data; boundary=${boundary}` };
}

/** As the HTML standard escapes names. */
function quoted(text: string): string {
  return text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
