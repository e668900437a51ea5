import { asCount, asText, fixed, type Functions } from "./signature.ts";

/** Sprig's functions that change how words are written and where lines break. */
export const words: Functions = {
  snakecase: fixed(1, (text) => separated(asText(text), "_")),
  kebabcase: fixed(1, (text) => separated(asText(text), "-")),
  camelcase: fixed(1, (text) =>
    asText(text).replaceAll(/(^|[_\-\s]+)([^_\-\s])/gu, (_, _before: string, char: string) => char.toUpperCase()),
  ),
  swapcase: fixed(1, (text) =>
    Array.from(asText(text), (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())).join(
      "",
    ),
  ),
  wrap: fixed(2, (width, text) => wrapped(asText(text), asCount(width, "wrap"), "\n", false)),
  wrapWith: fixed(3, (width, separator, text) =>
    wrapped(asText(text), asCount(width, "wrapWith"), asText(separator), true),
  ),
};

/** `HTTPServerName2` becomes `http_server_name2`. */
function separated(text: string, by: string): string {
  return text
    .replaceAll(/[_\-\s]/gu, by)
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, `$1${by}$2`)
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, `$1${by}$2`)
    .toLowerCase();
}

/** Broken at spaces so that no line is longer than `width`; a word that is gets broken itself only where `hard`. */
function wrapped(text: string, width: number, separator: string, hard: boolean): string {
  const limit = Math.max(1, width);
  const lines: string[] = [];
  let rest = Array.from(text);
  while (rest.length > limit) {
    if (rest[0] === " ") {
      rest = rest.slice(1);
      continue;
    }
    const space = rest.lastIndexOf(" ", limit);
    const end = space >= 0 ? space : hard ? limit : rest.indexOf(" ", limit);
    if (end < 0) break;
    lines.push(rest.slice(0, end).join(""));
    rest = rest.slice(space >= 0 || !hard ? end + 1 : end);
  }
  return [...lines, rest.join("")].join(separator);
}
