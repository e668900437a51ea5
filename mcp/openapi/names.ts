/** The longest name that every model's vendor takes. */
const LONGEST = 64;

/** Gives out names of tools, each once. The same document gives the same names. */
export class ToolNames {
  readonly #taken = new Set<string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A legal name that was not given yet, like the one wished for. */
  give(wished: string): string {
    const base = fitting(this.#prefix + legal(wished), LONGEST);
    let name = base;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number++) {
      const suffix = `_${number}`;
      name = base.slice(0, LONGEST - suffix.length) + suffix;
    }
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** What an operation without an `operationId` is called: `get_pets_petId` for `GET /pets/{petId}`. */
export function nameFromPath(method: string, path: string): string {
  return method.toLowerCase() + path;
}

/** Letters, digits, `_` and `-` alone. */
function legal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replaceAll(/^_+|_+$/g, "") || "tool";
}

/** The name itself, or its beginning with a digest of the whole: two long names with the same beginning stay apart. */
function fitting(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const digest = digestOf(name);
  return `${name.slice(0, longest - digest.length - 1).replace(/[_-]+$/, "")}_${digest}`;
}

/** FNV-1a, in base 36: to tell names apart, not to keep anything safe. */
function digestOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, "0");
}

/** Gives out names of a tool's arguments. Models' vendors take letters, digits, `_`, `.` and `-`, up to 64 of them. */
export class ArgNames {
  readonly #taken = new Set<string>();

  /** `place` is added where the name is taken already: a parameter and a field of the body may share one. */
  give(wished: string, place: string): string {
    const base = fitting(wished.replaceAll(/[^\w.-]+/g, "_").replaceAll(/^_+(?=.)|(?<=.)_+$/g, ""), LONGEST) || place;
    const name = [base, `${base}_${place}`].find((one) => !this.#taken.has(one)) ?? this.#numbered(base);
    this.#taken.add(name);
    return name;
  }

  #numbered(base: string): string {
    let number = 2;
    while (this.#taken.has(`${base}_${number}`)) number += 1;
    return `${base}_${number}`;
  }
}
