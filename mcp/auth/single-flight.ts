/** Runs what several ask for at the same time once: all of them get its outcome. */
export class SingleFlight<T> {
  readonly #pending = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const made = work().finally(() => this.#pending.delete(key));
    this.#pending.set(key, made);
    return made;
  }
}
