import { ArgumentError } from "./argument-error.ts";
import type { Insert } from "./template/evaluate.ts";

const AUTHORITY = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*$/i;
const ESCAPES = /%[0-9A-Fa-f]{2}/;

/**
 * Into a URL: the argument stays one value and cannot grow into another part of it. What is written as an escape already stays one. Throws an
 * ArgumentError for what cannot stand there.
 */
export const intoUrl: Insert = (text, before) => {
  // A whole URL: where it may lead is looked at when it is requested.
  if (before.trim() === "") return text;
  if (AUTHORITY.test(before)) return inHost(text);
  const query = before.indexOf("?");
  if (query < 0) return inPath(text);
  return /[?&]$/.test(before) ? kept(text, /[^\w.~!$&'()*+,;=:@/?[\]-]+/g) : kept(text, /[^\w.~-]+/g);
};

function inHost(text: string): string {
  if (/^[\w.:-]*$/.test(text)) return text;
  throw new ArgumentError("A part of a host's name has characters that it cannot have.");
}

/** Several segments are fine, but none that climbs. */
function inPath(text: string): string {
  const plain = text.replaceAll(/%2e/gi, ".").replaceAll(/%2f|%5c|\\/gi, "/");
  if (plain.split("/").some((segment) => segment === "." || segment === "..")) {
    throw new ArgumentError("A part of the path must not be '.' or '..'.");
  }
  return kept(text, /[^\w.~!$&'()*+,;=:@/-]+/g);
}

/** The text with everything that `unsafe` matches escaped, escapes left out. */
function kept(text: string, unsafe: RegExp): string {
  return text
    .toWellFormed()
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part) => (ESCAPES.test(part) && part.length === 3 ? part : part.replaceAll(unsafe, encoded)))
    .join("");
}

/** `encodeURIComponent` leaves more than a query's value may hold. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Into a body that is JSON: within a text its characters are escaped, elsewhere it is what it says. */
export const intoJson: Insert = (text, before) => (endsInString(before) ? JSON.stringify(text).slice(1, -1) : text);

function endsInString(json: string): boolean {
  let inside = false;
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json.charAt(at - 1 - backslashes) === "\\") backslashes += 1;
    if (!inside || backslashes % 2 === 0) inside = !inside;
  }
  return inside;
}
