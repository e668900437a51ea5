/**
 * Counts the tokens of text in bounded time. A tokenizer's work grows with the square of an unbroken run of letters, so it is given short
 * slices; and with the length of the text, so of a long one it is given a sample.
 */

/** What counts. */
export interface Encoder {
  /** The tokens of a text. Called with {@link SLICE} characters at most. */
  count(text: string): number;
  /** Lets go of what was remembered of the texts. */
  forget(): void;
}

/** Characters (UTF-16 code units) the encoder is given at once. */
export const SLICE = 256;
/** Characters that are counted; of more, about as many are sampled. Tokens of random letters, the slowest, take some 2 microseconds each. */
export const LIMIT = 100_000;
/** Characters of one place of a sample; a multiple of {@link LEAST}, so that as many short texts begin in it as it weighs. */
const WINDOW = 512;
/** What a text weighs at least, so that many short ones are bounded as well. */
const LEAST = 16;
/** Weight that is counted before others get their turn: some milliseconds. */
const BATCH = 8000;

let vocabulary: Promise<Encoder> | undefined;

/** OpenAI's o200k_base. The vocabulary is some megabytes, so that it is loaded when the first count is asked for, and once. */
export function o200k(): Promise<Encoder> {
  vocabulary ??= import("gpt-tokenizer/encoding/o200k_base").then(({ countTokens, clearMergeCache }) => ({
    // Words of the vocabulary's own control language are text here, whoever sends them.
    count: (text) => countTokens(text, { disallowedSpecial: new Set<string>() }),
    // It keeps pieces of text, and with a piece the engine may keep the whole body it was cut from.
    forget: clearMergeCache,
  }));
  return vocabulary;
}

/** Ends this turn of the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * The tokens of all texts together: counted in slices up to {@link LIMIT} characters, which may make a few more of it, and above that
 * extrapolated from a sample spread evenly. Not rounded. `pause` is awaited between batches.
 */
export async function tokensOf(
  texts: readonly string[],
  encoder: Encoder,
  pause: () => Promise<void> = nextTurn,
): Promise<number> {
  const total = texts.reduce((sum, text) => sum + weightOf(text), 0);
  let tokens = 0;
  let counted = 0;
  let pausedAt = 0;
  for (const { text, weight } of total <= LIMIT ? wholes(texts) : sample(texts, total)) {
    for (const slice of slices(text)) {
      tokens += encoder.count(slice);
      counted += slice.length;
      if (counted - pausedAt < BATCH) continue;
      await pause();
      pausedAt = counted;
    }
    counted += weight - text.length;
  }
  encoder.forget();
  return counted === 0 ? 0 : (tokens * total) / counted;
}

function weightOf(text: string): number {
  return text === "" ? 0 : Math.max(LEAST, text.length);
}

interface Piece {
  readonly text: string;
  readonly weight: number;
}

function* wholes(texts: readonly string[]): Generator<Piece> {
  for (const text of texts) yield { text, weight: weightOf(text) };
}

/** Windows at equal distances on the line on which all texts lie one behind the other, each as long as it weighs. */
function* sample(texts: readonly string[], total: number): Generator<Piece> {
  const step = Math.ceil((total * WINDOW) / LIMIT);
  let begin = 0;
  for (const text of texts) {
    const end = begin + weightOf(text);
    for (let window = begin - (begin % step); window < end; window += step) {
      const from = Math.max(window, begin);
      const to = Math.min(window + WINDOW, end);
      if (from < to) yield { text: text.slice(from - begin, to - begin), weight: to - from };
    }
    begin = end;
  }
}

function* slices(text: string): Generator<string> {
  let from = 0;
  while (text.length - from > SLICE) {
    const to = cut(text, from);
    yield text.slice(from, to);
    from = to;
  }
  if (from < text.length) yield text.slice(from);
}

const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** Where the slice at `from` ends: where a token ends in any case, before a word's space or after a line, if there is such a place. */
function cut(text: string, from: number): number {
  const end = from + SLICE;
  for (let at = end; at > from; at--) {
    const before = text.charCodeAt(at - 1);
    if (before === LINE_FEED || (text.charCodeAt(at) === SPACE && before > SPACE)) return at;
  }
  // Not between the halves of a surrogate pair.
  return (text.charCodeAt(end) & 0xfc00) === 0xdc00 ? end - 1 : end;
}
