/**
 * Where in a long text to look closely. An automaton that only says whether there is a match is a hundred times faster than one that says
 * where, so a text is halved at characters that no match holds, and only halves with a match are halved again.
 */

/**
 * A piece of an expression whose matches hold no blank, as far as the source says so plainly: letters, classes that are not negated, groups,
 * alternatives and repetitions, and of the places only `\b` and `\B`, which a blank and a text's end are alike to.
 */
const WITHOUT_BLANKS =
  /\\[dwSbB]|\\[^\w\s]|\[(?!\^)(?:\\[dw]|\\[^\w\s]|[^\]\\\s\p{Cc}[])+\]|\(\?:|\(\?P?<\w+>|[()|*+?]|\{\d+(?:,\d*)?\}|[^\s\p{Cc}\\[\](){}|*+?.^$]/uy;

/** What could be a quotation mark: itself, what is no blank, and ranges that begin right before it, since none begins with a blank. */
const MAY_QUOTE = /"|\\S|!-/;

const BLANKS = /[\t\n\v\f\r ]/g;
/** Long JSON texts without a blank are made of short strings. */
const BLANKS_AND_QUOTES = /[\t\n\v\f\r "]/g;

/** Characters that no match of an expression holds; undefined where the source does not say so plainly. */
export function separatorsOf(source: string): RegExp | undefined {
  // Piece by piece: as one expression it would have many ways to fail.
  WITHOUT_BLANKS.lastIndex = 0;
  while (WITHOUT_BLANKS.lastIndex < source.length) if (!WITHOUT_BLANKS.test(source)) return undefined;
  return MAY_QUOTE.test(source) ? BLANKS : BLANKS_AND_QUOTES;
}

/** Shorter texts are looked at as a whole, in UTF-16 code units. */
const SMALL = 256;

/** The parts of a text, from left to right, in which there are matches; none reaches from one into another. */
export function* windowsOf(
  text: string,
  separators: RegExp,
  test: (part: string) => boolean,
  offset = 0,
): Generator<readonly [offset: number, part: string], void, undefined> {
  if (!test(text)) return;
  const at = text.length <= SMALL ? -1 : separatorNear(text, separators, text.length >> 1);
  if (at < 0) yield [offset, text];
  else {
    yield* windowsOf(text.slice(0, at), separators, test, offset);
    yield* windowsOf(text.slice(at + 1), separators, test, offset + at + 1);
  }
}

/** A separator near a place: the next one, or else the last before it. */
function separatorNear(text: string, separators: RegExp, place: number): number {
  separators.lastIndex = place;
  const next = separators.exec(text)?.index ?? -1;
  if (next >= 0) return next;
  for (let at = place - 1; at >= 0; at--) {
    separators.lastIndex = 0;
    if (separators.test(text.charAt(at))) return at;
  }
  return -1;
}
