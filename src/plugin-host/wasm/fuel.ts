import { FUEL_EXPORT } from "./meter.ts";

/** What a global can hold. */
const MOST = 0x7fff_ffff;

/**
 * The fuel of a guest: of one instance, or of all core instances of a component. One unit pays for a function call, a loop's turn, or 64
 * bytes of a fill or copy. A guest that runs dry traps, and goes on trapping until it is refuelled.
 */
export class Fuel {
  readonly #tanks: WebAssembly.Global[] = [];
  #filled = 0;

  /** Takes an instance's meter. Throws an Error if its module was not metered. */
  attach(exports: Readonly<Record<string, unknown>>): void {
    const tank = exports[FUEL_EXPORT];
    if (!(tank instanceof WebAssembly.Global)) throw new Error("The instance has no fuel: its module was not metered.");
    this.#tanks.push(tank);
  }

  /** Gives each instance so many units, whatever was left. */
  refuel(units: number): void {
    this.#filled = Math.max(0, Math.min(Math.floor(units), MOST));
    for (const tank of this.#tanks) tank.value = this.#filled;
  }

  /** Takes units for work that the host did; at the next check a guest without any is ended. */
  charge(units: number): void {
    for (const tank of this.#tanks) tank.value = Math.max(-1, Number(tank.value) - units);
  }

  /** Units used since it was refuelled. */
  get spent(): number {
    return this.#tanks.reduce((sum, tank) => sum + Math.min(this.#filled, this.#filled - Number(tank.value)), 0);
  }

  /** Whether a guest was ended because it had no more. */
  get exhausted(): boolean {
    return this.#tanks.some((tank) => Number(tank.value) < 0);
  }
}
