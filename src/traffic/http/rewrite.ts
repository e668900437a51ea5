import { compileRegex, compileReplacement } from "#src/core/regex.ts";
import type { PathRewrite } from "./http-options.ts";

/** Compiles a path rewrite: a percent-encoded path to another one. Throws a SyntaxError when its expression is not valid. */
export function compileRewrite(rewrite: PathRewrite): (path: string) => string {
  if ("full" in rewrite) return () => rooted(rewrite.full);
  if ("regex" in rewrite) {
    const replace = compileReplacement(compileRegex(rewrite.regex, "search"), rewrite.substitution);
    return (path) => rooted(replace(path) ?? path);
  }
  const prefix = rewrite.prefix.replace(/\/$/, "");
  const replacement = rewrite.replacement.replace(/\/$/, "");
  return (path) => {
    const rest = path.slice(prefix.length);
    // Only whole segments are a prefix; what is none is left alone.
    if (!path.startsWith(prefix) || (rest !== "" && !rest.startsWith("/"))) return path;
    return rooted(replacement + rest);
  };
}

/**
 * The way back of a rewritten prefix, for paths that a service tells its clients: what it calls its own path becomes the one clients know.
 * Other rewrites have no way back, and leave paths as they are.
 */
export function compileWayBack(rewrite: PathRewrite | undefined): (path: string) => string {
  if (rewrite === undefined || !("prefix" in rewrite)) return (path) => path;
  const prefix = rewrite.prefix.replace(/\/$/, "");
  const replacement = rewrite.replacement.replace(/\/$/, "");
  const tellsApart = prefix !== "" && !isBelow(replacement, prefix);
  return (path) => {
    // Some services know the prefix and say it themselves.
    if (!isBelow(path, replacement) || (tellsApart && isBelow(path, prefix))) return path;
    return rooted(prefix + path.slice(replacement.length));
  };
}

/** Whether a path is `prefix` or in whole segments below it. */
function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** Joins a path, which a rewrite may have given a query of its own, and the request's query with its `?`. */
export function withSearch(path: string, search: string): string {
  return search.length > 1 && path.includes("?") ? `${path}&${search.slice(1)}` : path + search;
}
