import type { MediaPart, MediaSource } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import type { DocumentNames } from "./document-names.ts";
import { formatOf } from "./media-formats.ts";

/** A medium as a content block; undefined when Bedrock cannot be given it, which is then a loss. */
export function encodeMedia(
  part: MediaPart,
  path: string,
  { losses, names }: { readonly losses: Losses; readonly names: DocumentNames },
): JsonObject | undefined {
  const { kind } = part;
  const given = sourceOf(part);
  if (typeof given === "string") {
    losses.dropped(`${path}.${kind}`, given);
    return undefined;
  }
  if (part.detail !== undefined && part.detail !== "auto") losses.dropped(`${path}.detail`);
  const { format, source } = given;
  if (kind !== "document") {
    return { [kind]: { ...(format === undefined ? {} : { format }), source } };
  }
  const document: JsonObject = { name: names.next(part.title ?? part.filename), source };
  if (format !== undefined) document["format"] = format;
  if (part.context !== undefined) document["context"] = part.context;
  if (part.citations !== undefined) document["citations"] = { enabled: part.citations };
  return { document };
}

interface Given {
  readonly format: string | undefined;
  readonly source: JsonObject;
}

/** The source and its format, or why there is none. */
function sourceOf({ kind, source, filename, citations }: MediaPart): Given | string {
  switch (source.type) {
    case "base64": {
      const format = formatOf(kind, source.mediaType);
      return format === undefined ? "a format Bedrock does not take" : { format, source: { bytes: source.data } };
    }
    case "text":
      // Only a text that stays one can be cited by its characters.
      return citations === true
        ? { format: "txt", source: { text: source.text } }
        : { format: "txt", source: { bytes: new TextEncoder().encode(source.text).toBase64() } };
    case "url":
      return stored(kind, source, filename);
    case "file":
      return "a file of another vendor's store";
  }
}

/** An object in S3, whose format only its name tells. */
function stored(
  kind: MediaPart["kind"],
  { url }: Extract<MediaSource, { type: "url" }>,
  filename: string | undefined,
): Given | string {
  if (!url.startsWith("s3://")) return "Bedrock takes bytes or objects in S3, not URLs";
  const ending = /\.(\w+)$/.exec(filename ?? url)?.[1]?.toLowerCase() ?? "";
  const format = ENDINGS.get(ending) ?? (ending === "" ? undefined : ending);
  if (format === undefined && kind !== "document") return "an object whose name does not tell its format";
  return { format, source: { s3Location: { uri: url } } };
}

/** Endings that are not Bedrock's words already. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ["jpg", "jpeg"],
  ["htm", "html"],
  ["markdown", "md"],
  ["3gp", "three_gp"],
]);
