/** Names of documents as Bedrock takes them: letters, digits, single spaces, hyphens, brackets and parentheses, each name once a request. */
export class DocumentNames {
  readonly #taken = new Set<string>();

  /** The name for a document its client called `wanted`. */
  next(wanted: string | undefined): string {
    const base = cleaned(wanted) || "document";
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base} ${number}`;
    this.#taken.add(name);
    return name;
  }
}

const LONGEST = 190;

function cleaned(wanted = ""): string {
  return wanted
    .replace(/\.\w{1,5}$/, "")
    .replace(/[^A-Za-z0-9\-()[\]]+/g, " ")
    .trim()
    .slice(0, LONGEST);
}
