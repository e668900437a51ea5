import { type Arbitrary, array, nat, tuple } from "fast-check";

/** Texts with a way to cut each into pieces. */
export function cutTexts(texts: Arbitrary<string>): Arbitrary<readonly [text: string, pieces: readonly string[]]> {
  return tuple(texts, array(nat(40), { maxLength: 6 })).map(
    ([text, places]) => [text, piecesOf(text, places)] as const,
  );
}

function piecesOf(text: string, places: readonly number[]): readonly string[] {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...cuts].map((from, at) => text.slice(from, cuts[at] ?? text.length));
}
