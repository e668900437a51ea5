import { endOfString } from "./scan.ts";

/** Behind the bracket that closes the one at `from`; strings within are skipped. The text's end when nothing closes it. */
export function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === '"') at = endOfString(text, at) - 1;
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The same for any value: a string, something in brackets, else everything. */
export function endOfArgument(text: string): number {
  if (text.startsWith('"')) return endOfString(text, 0);
  return text.startsWith("{") || text.startsWith("[") ? endOfBrackets(text, 0) : text.length;
}
