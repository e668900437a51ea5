import type { Formats } from "./wire.ts";

type Kind = keyof Formats;

/** Bedrock's words for what a medium's bytes are, by the media types that stand for them; the first is the one that is told. */
const FORMATS: { readonly [K in Kind]: Readonly<Partial<Record<Formats[K], readonly string[]>>> } = {
  image: { png: ["image/png"], jpeg: ["image/jpeg", "image/jpg"], gif: ["image/gif"], webp: ["image/webp"] },
  document: {
    pdf: ["application/pdf"],
    csv: ["text/csv"],
    doc: ["application/msword"],
    docx: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    xls: ["application/vnd.ms-excel"],
    xlsx: ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    html: ["text/html"],
    md: ["text/markdown"],
    txt: ["text/plain"],
  },
  video: {
    mp4: ["video/mp4"],
    webm: ["video/webm"],
    mov: ["video/quicktime"],
    mkv: ["video/x-matroska"],
    flv: ["video/x-flv"],
    mpeg: ["video/mpeg"],
    mpg: ["video/mpg"],
    wmv: ["video/x-ms-wmv"],
    three_gp: ["video/3gpp"],
  },
  audio: {
    mp3: ["audio/mpeg", "audio/mp3"],
    wav: ["audio/wav", "audio/x-wav", "audio/wave"],
    flac: ["audio/flac"],
    aac: ["audio/aac"],
    ogg: ["audio/ogg"],
    opus: ["audio/opus"],
    webm: ["audio/webm"],
    m4a: ["audio/mp4", "audio/m4a", "audio/x-m4a"],
    pcm: ["audio/pcm", "audio/l16"],
  },
};

const BY_TYPE: ReadonlyMap<Kind, ReadonlyMap<string, string>> = new Map(
  (Object.keys(FORMATS) as Kind[]).map((kind) => [
    kind,
    new Map(Object.entries(FORMATS[kind]).flatMap(([format, types]) => types.map((type) => [type, format] as const))),
  ]),
);

/** Bedrock's word for a media type; undefined for one it does not take. Other text is a document of plain text. */
export function formatOf(kind: Kind, mediaType: string): string | undefined {
  const type = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  const known = BY_TYPE.get(kind)?.get(type);
  if (known !== undefined || kind !== "document") return known;
  return type.startsWith("text/") || type === "application/json" ? "txt" : undefined;
}

/** The media type of one of Bedrock's words. */
export function mediaTypeOf(kind: Kind, format: string): string {
  const types: Readonly<Record<string, readonly string[]>> = FORMATS[kind];
  return (Object.hasOwn(types, format) ? types[format]?.[0] : undefined) ?? `${kind}/${format}`;
}
