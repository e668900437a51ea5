/**
 * Paths of methods, as google.api.http has them (https://github.com/googleapis/googleapis/blob/master/google/api/http.proto): `{name}` stands
 * for a segment, `{name=a/*}` for several, `*` and, at the end, `**` for segments that no parameter is taken from.
 */
export interface PathTemplate {
  /** In their order. */
  readonly names: readonly string[];
  /** The more of the path is said, and the sooner, the smaller. */
  readonly order: string;
  /** What the names stand for, without percent-encoding; undefined when the path is another one. */
  match(path: string): readonly string[] | undefined;
}

const TOKEN = /\{([A-Za-z0-9_.-]+)(?:=([^{}]+))?\}|[^{}]+/gy;

const WHOLE = "may have * and {name} only as whole segments, and ** only as the last one";

/** Throws an Error that says what cannot be read. */
export function pathTemplate(written: string): PathTemplate {
  if (!written.startsWith("/")) throw new Error("must begin with /");
  const names: string[] = [];
  let [flat, source] = ["", ""];
  let end = 0;
  for (const { 0: token, 1: name, 2: inner = "*", index } of written.matchAll(TOKEN)) {
    const pattern = name === undefined ? token : inner;
    const [before, after] = [written[index - 1], written[index + token.length] ?? "/"];
    if (name !== undefined && (before !== "/" || after !== "/")) throw new Error(WHOLE);
    if (name !== undefined) names.push(name);
    flat += pattern;
    source += name === undefined ? expressionOf(pattern) : `(${expressionOf(pattern)})`;
    end = index + token.length;
  }
  if (end !== written.length) throw new Error("has braces that are not {name} or {name=segments}");
  if (/\*\*./.test(flat) || /[^/]\*\*|[^/*]\*|\*[^/*]/.test(flat)) {
    throw new Error(WHOLE);
  }
  const expression = new RegExp(`^${source}$`);
  return {
    names,
    order: flat.replaceAll(/\*+/g, (stars) => (stars === "*" ? "\u{10fffe}" : "\u{10ffff}")),
    match: (path) => expression.exec(path)?.slice(1).map(decoded),
  };
}

function expressionOf(pattern: string): string {
  return pattern.replaceAll(/\*\*|[.*+?^${}()|[\]\\]/g, (found) => {
    if (found === "**") return ".*";
    return found === "*" ? "[^/]+" : `\\${found}`;
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
