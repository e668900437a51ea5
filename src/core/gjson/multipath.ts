import { JsonNode } from "./node.ts";
import { endOfString } from "./scan.ts";

/** One part of `{a,"b":c.d}` or `[a,b]`. */
export interface Selector {
  /** The member's name, as JSON. */
  readonly key: string;
  readonly path: string;
}

/** What `path` begins with, and what follows; undefined when its bracket is never closed or something else follows. */
export function parseMultipath(
  path: string,
): { readonly selectors: readonly Selector[]; readonly rest: string } | undefined {
  const selectors: Selector[] = [];
  let depth = 1;
  let colon = 0;
  let start = 1;
  let modifier = false;
  const push = (end: number): void => {
    const written = colon === 0 ? "" : path.slice(start, colon);
    const within = path.slice(colon === 0 ? start : colon + 1, end);
    selectors.push({ key: keyOf(written, within), path: within });
    colon = 0;
    modifier = false;
    start = end + 1;
  };
  for (let at = 1; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === "\\") at += 1;
    else if (char === '"') at = endOfString(path, at) - 1;
    else if (char === "@" && ".|".includes(path.charAt(at - 1))) modifier = true;
    else if (char === ":" && !modifier && colon === 0 && depth === 1) colon = at;
    else if (char === "," && depth === 1) push(at);
    else if ("([{".includes(char)) depth += 1;
    else if (")]}".includes(char) && --depth === 0) {
      push(at);
      const rest = path.slice(at + 1);
      return rest === "" || rest.startsWith(".") || rest.startsWith("|") ? { selectors, rest } : undefined;
    }
  }
  return undefined;
}

/** The name given, else that of the last component, else `_`. */
function keyOf(written: string, path: string): string {
  if (written.startsWith('"') && JsonNode.parse(written) !== undefined) return written;
  if (written !== "") return JSON.stringify(written);
  const last = /(?:^|[^\\][.|])((?:\\[.|]|[^.|])*)$/.exec(path)?.[1] ?? path;
  // oxlint-disable-next-line no-control-regex -- control characters are what makes a name not simple
  return JSON.stringify(/[\u0000-\u001f[\]{}()#|!]/.test(last) ? "_" : last);
}
