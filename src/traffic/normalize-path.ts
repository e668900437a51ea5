import { Fault } from "#src/core/fault.ts";

/** Nothing to do for a path that none of this is in: doubled slashes, dots after a slash (encoded ones too), backslashes. */
const SUSPECT = /\/\/|\/(?:\.|%2e)|\\/i;

/** What only a check segment by segment can clear: slashes in disguise, path parameters, NUL. */
const TRICKY = /%2f|%5c|%00|;/i;

const ENCODED_DOT = /%2e/gi;

/**
 * Brings a request's path to the one form that is matched *and* sent on, so that no route can be walked around: `\` counts as `/`, runs
 * of slashes become one, `.` and `..` segments are resolved also when written `%2e` (RFC 3986, 5.2.4; `..` at the top stays there). Any
 * other percent-encoding stays as it is. What an upstream might still resolve otherwise is refused by {@link checkPath}.
 */
export function normalizePath(path: string): string {
  return SUSPECT.test(path) || !path.startsWith("/") ? resolved(path) : path;
}

function resolved(path: string): string {
  const out: string[] = [];
  const segments = path.replaceAll("\\", "/").split("/");
  for (const [index, segment] of segments.entries()) {
    const plain = segment.replaceAll(ENCODED_DOT, ".");
    if (plain === "..") out.pop();
    const dots = plain === "." || plain === "..";
    if (!dots && segment !== "") out.push(segment);
    else if (index === segments.length - 1) out.push("");
  }
  return `/${out.join("/")}`;
}

/**
 * Throws the Fault `invalid_request` for a normalised path that some upstreams would resolve to another one: `..` next to an encoded slash
 * (`..%2f`, `%5c..`) or before path parameters (`..;`), and an encoded NUL. What is encoded twice (`%252e`) is not looked into.
 */
export function checkPath(path: string): void {
  if (!TRICKY.test(path)) return;
  if (path.includes("%00") || path.split("/").some(hidesParent)) {
    throw new Fault("invalid_request", "The path hides a parent directory or a NUL behind its encoding.");
  }
}

/** Whether a decoding upstream would see a `..` in this segment. */
function hidesParent(segment: string): boolean {
  const parts = segment.replaceAll(ENCODED_DOT, ".").split(/%2f|%5c/i);
  return parts.some((part) => (part === ".." && parts.length > 1) || part.startsWith("..;"));
}
