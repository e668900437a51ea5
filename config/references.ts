/**
 * References inside the strings of a configuration: `${env:NAME}`, `${env:NAME:-default}` (the default also for an empty variable, and it
 * may hold references itself) and `${file:PATH}` (relative to the configuration file; line breaks at the end are cut off).
 * `$${` stands for a plain `${`.
 */

/** Where references look. */
export interface ReferenceScope {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when there is no such file. */
  readFile(path: string): string;
  /** The configuration file, which relative paths start from. */
  readonly file: string;
}

/** A string with its references filled in; `referenced` tells whether there were any. */
export type Resolution =
  | { readonly text: string; readonly referenced: boolean }
  | { readonly problem: string; readonly hint?: string };

const MAX_NESTING = 8;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Fills in the references of one string. What a reference stands for is not searched for references again. */
export function resolveReferences(text: string, scope: ReferenceScope): Resolution {
  if (!text.includes("${")) return { text, referenced: false };
  const reader = new Reader(text, scope);
  try {
    return { text: reader.read(0), referenced: reader.referenced };
  } catch (error) {
    if (error instanceof Unresolved) return error.resolution;
    throw error;
  }
}

/** `path` as seen from the folder of `file`. */
export function resolvePath(file: string, path: string): string {
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  const folder = /^.*[/\\]/s.exec(file)?.[0] ?? "";
  return folder + path;
}

/** Why a file could not be read, in plain words and without what the system added. */
export function unreadable(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "may not be read by this user";
  return code === "EISDIR" ? "is a folder" : "cannot be read";
}

class Unresolved extends Error {
  readonly resolution: { readonly problem: string; readonly hint?: string };
  constructor(problem: string, hint?: string) {
    super(problem);
    this.resolution = { problem, ...(hint === undefined ? {} : { hint }) };
  }
}

/** Reads a text from left to right; `at` is what comes next. */
class Reader {
  referenced = false;
  #at = 0;
  readonly #text: string;
  readonly #scope: ReferenceScope;

  constructor(text: string, scope: ReferenceScope) {
    this.#text = text;
    this.#scope = scope;
  }

  /** Up to the end, or below the top up to and past the closing brace. */
  read(depth: number): string {
    if (depth > MAX_NESTING) throw new Unresolved("references are nested too deeply");
    let result = "";
    while (this.#at < this.#text.length) {
      if (depth > 0 && this.#text[this.#at] === "}") {
        this.#at++;
        return result;
      }
      if (this.#takes("$${")) result += "${";
      else if (this.#takes("${")) result += this.#reference(depth);
      else result += this.#text[this.#at++];
    }
    if (depth > 0) throw unclosed();
    return result;
  }

  #takes(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #reference(depth: number): string {
    this.referenced = true;
    if (this.#takes("env:")) return this.#variable(depth);
    if (this.#takes("file:")) return readReferenced(this.#upToBrace(), this.#scope);
    throw new Unresolved("unknown reference", "a reference is ${env:NAME} or ${file:PATH}; write $${ for a plain ${");
  }

  #upToBrace(): string {
    const end = this.#text.indexOf("}", this.#at);
    if (end < 0) throw unclosed();
    const text = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #variable(depth: number): string {
    const brace = this.#text.indexOf("}", this.#at);
    const dash = this.#text.indexOf(":-", this.#at);
    if (brace < 0) throw unclosed();
    const hasDefault = dash >= 0 && dash < brace;
    const name = this.#text.slice(this.#at, hasDefault ? dash : brace);
    if (!NAME.test(name)) {
      throw new Unresolved("this is no name of an environment variable", "write ${env:NAME} or ${env:NAME:-default}");
    }
    const value = Object.hasOwn(this.#scope.env, name) ? this.#scope.env[name] : undefined;
    if (!hasDefault) {
      this.#at = brace + 1;
      if (value !== undefined) return value;
      throw new Unresolved(`environment variable ${name} is not set`, `set it, or write \${env:${name}:-default}`);
    }
    this.#at = dash + 2;
    return this.#defaulted(value, depth);
  }

  /** The default is only resolved when it is needed: what it refers to may be missing otherwise. */
  #defaulted(value: string | undefined, depth: number): string {
    if (value === undefined || value === "") return this.read(depth + 1);
    this.#skip();
    return value;
  }

  #skip(): void {
    let open = 1;
    while (open > 0) {
      if (this.#at >= this.#text.length) throw unclosed();
      if (this.#takes("$${")) continue;
      if (this.#takes("${")) open++;
      else if (this.#text[this.#at++] === "}") open--;
    }
  }
}

function unclosed(): Unresolved {
  return new Unresolved("a reference is not closed", "end it with }; write $${ for a plain ${");
}

function readReferenced(path: string, scope: ReferenceScope): string {
  if (path === "") throw new Unresolved("a file reference names no file", "write ${file:PATH}");
  const full = resolvePath(scope.file, path);
  let text: string;
  try {
    text = scope.readFile(full);
  } catch (error) {
    throw new Unresolved(`file ${full} ${unreadable(error)}`, "paths are relative to the configuration file");
  }
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return text.slice(0, end);
}
