/** What a base64 `data:` URL (RFC 2397) holds; undefined for any other URL. */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (url.slice(0, 5).toLowerCase() !== "data:") return undefined;
  const comma = url.indexOf(",");
  if (comma < 0) return undefined;
  const head = url.slice(5, comma);
  if (!head.toLowerCase().endsWith(";base64")) return undefined;
  const mediaType = head.slice(0, -";base64".length);
  return mediaType === "" ? undefined : { mediaType, data: url.slice(comma + 1) };
}

/** A base64 `data:` URL. */
export function formatDataUrl(mediaType: string, data: string): string {
  return `data:${mediaType};base64,${data}`;
}
