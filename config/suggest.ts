/** Words people write for a key that is called otherwise here, written without case, `_` and `-`. */
const SYNONYMS: Readonly<Record<string, string>> = {
  apikey: "apiTokens",
  apikeys: "apiTokens",
  key: "apiTokens",
  keys: "apiTokens",
  tokens: "apiTokens",
  url: "baseUrl",
  endpoint: "endpoints",
  host: "hosts",
  models: "modelMapping",
  backends: "upstreams",
  targets: "upstreams",
};

/** The one of `known` that `written` was probably meant to be, or undefined when none is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const word = bare(written);
  if (word.length > 64) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const steps = distance(word, bare(candidate), least);
    if (steps < least) [best, least] = [candidate, steps];
  }
  if (best !== undefined) return best;
  const synonym = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined;
  return synonym !== undefined && known.includes(synonym) ? synonym : undefined;
}

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; `limit` when there are at least as many. */
function distance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let steps = Math.min(
        (last[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (last[column - 1] ?? limit) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) steps = Math.min(steps, (before[column - 2] ?? limit) + 1);
      current.push(steps);
    }
    [before, last] = [last, current];
  }
  return Math.min(last[to.length] ?? limit, limit);
}
