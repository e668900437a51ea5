/** The kinds of media types, as far as they differ in how a body is made. */
export type MediaKind = "json" | "form" | "multipart" | "text" | "binary";

/** What a media type is. `*` in it stands for anything, which is then JSON. */
export function mediaKind(mediaType: string): MediaKind {
  const name = (mediaType.split(";")[0] ?? "").trim().toLowerCase();
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$|^\*\/\*$|^application\/\*$/.test(name)) return "json";
  if (name === "application/x-www-form-urlencoded") return "form";
  if (name.startsWith("multipart/")) return "multipart";
  if (/^text\/|[/+](?:xml|yaml|graphql|javascript|sql|csv|(?:x-)?ndjson|jsonl)$/.test(name)) return "text";
  return "binary";
}

/** The order in which bodies are preferred: what a model writes without a mistake comes first. */
const ORDER: readonly MediaKind[] = ["json", "form", "multipart", "text", "binary"];

/** The best of a body's media types. */
export function preferredMediaType(mediaTypes: readonly string[]): string | undefined {
  const ranked = mediaTypes.map((mediaType) => ({ mediaType, rank: ORDER.indexOf(mediaKind(mediaType)) }));
  return ranked.sort((one, other) => one.rank - other.rank)[0]?.mediaType;
}
