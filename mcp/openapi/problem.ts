/** Something in a document that could not be carried over, or was mended: where, and what became of it. */
export interface Problem {
  /** `GET /pets`, or a place in the document. */
  readonly where: string;
  readonly message: string;
}

/** How many problems are kept: a broken document repeats itself. */
const MOST = 500;

/** Collects problems, each of them once. */
export class Problems {
  readonly #seen = new Map<string, Problem>();

  add(where: string, message: string): void {
    if (this.#seen.size < MOST) this.#seen.set(`${where}\n${message}`, { where, message });
  }

  list(): readonly Problem[] {
    return [...this.#seen.values()];
  }
}

/** A problem on one line. */
export function problemText({ where, message }: Problem): string {
  return where === "" ? message : `${where}: ${message}`;
}
