/**
 * Whether the text is what the pattern says: `*` is any run of characters, `?` one of them, `\` makes the next stand for itself. Goes back to
 * the last star only, so that it takes text times pattern steps at the worst.
 */
export function matchesWildcards(text: string, pattern: string): boolean {
  const chars = Array.from(text);
  const marks = marksOf(pattern);
  let at = 0;
  let mark = 0;
  let star = -1;
  let starAt = 0;
  while (at < chars.length) {
    const wanted = marks[mark];
    if (wanted === "any") {
      star = mark++;
      starAt = at;
    } else if (wanted === "one" || (typeof wanted === "object" && wanted.char === chars[at])) {
      at += 1;
      mark += 1;
    } else if (star >= 0) {
      mark = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (marks[mark] === "any") mark += 1;
  return mark === marks.length;
}

type Mark = "any" | "one" | { readonly char: string };

function marksOf(pattern: string): readonly Mark[] {
  const marks: Mark[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") marks.push("any");
    else if (char === "?") marks.push("one");
    else marks.push({ char: char === "\\" ? (chars[++at] ?? "") : char });
  }
  return marks;
}
