import { endOfBrackets } from "./brackets.ts";
import { endOfString } from "./scan.ts";

/** A path cut at its first `|` that is not within brackets or strings: the left is for each item, the right for all of them. */
export function splitPipe(path: string): { readonly left: string; readonly right: string | undefined } {
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === "|") return { left: path.slice(0, at), right: path.slice(at + 1) };
    if (char === "\\") at += 1;
    else if (char === '"') at = endOfString(path, at) - 1;
    else if ("([{".includes(char)) at = endOfBrackets(path, at) - 1;
  }
  return { left: path, right: undefined };
}
