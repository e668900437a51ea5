/** What something was and is, with when it was written and when it was first seen in use; `undefined` as a value stands for "not there". */
export class History<T> {
  readonly #states: { readonly value: T; readonly written: number; seen: number }[];

  constructor(value: T) {
    this.#states = [{ value, written: 0, seen: 0 }];
  }

  get value(): T {
    return this.#states.at(-1)?.value as T;
  }

  write(value: T, now: number): void {
    this.#states.push({ value, written: now, seen: Number.POSITIVE_INFINITY });
  }

  /** The last state is in use since now. */
  confirm(now: number): void {
    const last = this.#states.at(-1);
    if (last !== undefined) last.seen = Math.min(last.seen, now);
  }

  /** Whether a request from `begin` to `end` may have met this: nothing that something later had replaced at its begin, nothing that came after its end. */
  allows(value: T, begin: number, end: number): boolean {
    const first = this.#states.findLastIndex(({ seen }) => seen <= begin);
    return this.#states.some((one, index) => index >= first && one.written <= end && one.value === value);
  }
}
