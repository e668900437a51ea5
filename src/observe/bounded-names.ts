/** Names that come from outside, admitted as label values up to a number; the rest is `other`. */
export class BoundedNames {
  readonly #names = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** `name`, when it is known or `admit` lets it in and there is room. */
  of(name: string, admit = true): string {
    if (this.#names.has(name)) return name;
    if (!admit || this.#names.size >= this.#max || name.length > 128) return "other";
    this.#names.add(name);
    return name;
  }
}
