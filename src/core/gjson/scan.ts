/** Finding the parts of JSON texts. All but `endOfString` take for granted that the text is JSON. */

const [SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [32, 34, 44, 58, 92];
const [BRACKET_OPEN, BRACKET_CLOSE, BRACE_OPEN, BRACE_CLOSE] = [91, 93, 123, 125];

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}

/** Where the next member or item begins behind one that ends at `end`; -1 when the bracket around them is closed. */
export function nextPart(text: string, end: number): number {
  const at = skipSpace(text, end);
  return text.charCodeAt(at) === COMMA ? skipSpace(text, at + 1) : -1;
}

/** Where the first member or item begins behind the bracket at `open`; -1 when there is none. */
export function firstPart(text: string, open: number): number {
  const at = skipSpace(text, open + 1);
  const code = text.charCodeAt(at);
  return code === BRACE_CLOSE || code === BRACKET_CLOSE ? -1 : at;
}

/** Where a member's value begins, behind the key that ends at `keyEnd`. */
export function valueBehind(text: string, keyEnd: number): number {
  return skipSpace(text, skipSpace(text, keyEnd) + 1);
}

/** Behind the value that begins at `from`. */
export function endOfValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return endOfString(text, from);
  if (first !== BRACE_OPEN && first !== BRACKET_OPEN) return endOfLiteral(text, from);
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === BRACE_OPEN || code === BRACKET_OPEN) depth += 1;
    else if ((code === BRACE_CLOSE || code === BRACKET_CLOSE) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** Behind the quote that ends the string which begins at `from`; the text's end when nothing does. */
export function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1);
  while (quote >= 0 && text.charCodeAt(quote - 1) === BACKSLASH && backslashesBefore(text, quote) % 2 === 1) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote < 0 ? text.length : quote + 1;
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === BACKSLASH) count += 1;
  return count;
}

function endOfLiteral(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === COMMA || code === COLON || code === BRACKET_CLOSE || code === BRACE_CLOSE) return at;
  }
  return text.length;
}
