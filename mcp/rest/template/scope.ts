import { TemplateError } from "./value.ts";

/** The variables of one template while it is read: each gets a place in the frame that it shares with later ones of other blocks. */
export class Scope {
  /** `$` is what the template was given. */
  #names: string[] = ["$"];
  /** How many places are needed at most. */
  most = 1;

  declare(name: string): number {
    this.#names.push(name);
    this.most = Math.max(this.most, this.#names.length);
    return this.#names.length - 1;
  }

  find(name: string): number {
    const slot = this.#names.lastIndexOf(name);
    if (slot < 0) throw new TemplateError(`there is no variable ${name}`);
    return slot;
  }

  /** What is declared within goes with it. */
  within<T>(read: () => T): T {
    const before = this.#names;
    this.#names = [...before];
    const result = read();
    this.#names = before;
    return result;
  }
}
