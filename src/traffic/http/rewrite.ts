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

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** Joins a path, which a rewrite may have given a query of its own, and the request's query with its `?`. */
export function withSearch(path: string, search: string): string {
  return search.length > 1 && path.includes("?") ? `${path}&${search.slice(1)}` : path + search;
}
