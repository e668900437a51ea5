import { createHashRing } from "./hash-ring.ts";

/** Something requests are spread over. */
export interface Choice {
  /** Names it; the same for the same thing after a reload. */
  readonly key: string;
  /** Its share among the others, not negative; 0 gets nothing. */
  readonly weight: number;
  /** Requests it is busy with. */
  readonly active: number;
}

/** How requests are spread. `hash` sends equal keys to equal choices. */
export type BalanceMethod = "round_robin" | "random" | "least_request" | "hash";

/** Spreads requests over a fixed set of choices. */
export interface Balancer<T extends Choice> {
  /** One of those that `usable` allows; undefined when it allows none. `key` is for `hash`, which without one picks at random. */
  pick(usable: (choice: T) => boolean, key?: string): T | undefined;
}

const METHODS: {
  readonly [Method in BalanceMethod]: <T extends Choice>(choices: readonly T[], random: () => number) => Balancer<T>;
} = { round_robin: roundRobin, random: atRandom, least_request: leastRequest, hash: hashed };

/** `random` answers numbers from 0 to below 1. */
export function createBalancer<T extends Choice>(
  method: BalanceMethod,
  choices: readonly T[],
  random: () => number,
): Balancer<T> {
  return METHODS[method](
    choices.filter(({ weight }) => weight > 0),
    random,
  );
}

/**
 * Smooth weighted round robin: each turn every choice gains its weight and the richest one pays the sum, so weights 5, 1, 1 give
 * `aabacaa` and not `aaaaabc`.
 */
function roundRobin<T extends Choice>(choices: readonly T[]): Balancer<T> {
  const credit = new Float64Array(choices.length);
  return {
    pick(usable) {
      let total = 0;
      let best = -1;
      for (const [index, choice] of choices.entries()) {
        if (!usable(choice)) continue;
        total += choice.weight;
        const own = (credit[index] ?? 0) + choice.weight;
        credit[index] = own;
        if (best === -1 || own > (credit[best] ?? 0)) best = index;
      }
      if (best === -1) return undefined;
      credit[best] = (credit[best] ?? 0) - total;
      return choices[best];
    },
  };
}

function atRandom<T extends Choice>(choices: readonly T[], random: () => number): Balancer<T> {
  return {
    pick(usable) {
      const open = choices.filter(usable);
      let point = random() * open.reduce((sum, { weight }) => sum + weight, 0);
      for (const choice of open) {
        point -= choice.weight;
        if (point < 0) return choice;
      }
      // Only rounding leads here.
      return open.at(-1);
    },
  };
}

/** The one with the fewest requests for its weight; among equals the first behind a random place, so that none is favoured. */
function leastRequest<T extends Choice>(choices: readonly T[], random: () => number): Balancer<T> {
  return {
    pick(usable) {
      const begin = Math.floor(random() * choices.length);
      let best: T | undefined;
      let least = Infinity;
      for (let step = 0; step < choices.length; step++) {
        const choice = choices[(begin + step) % choices.length] as T;
        const load = (choice.active + 1) / choice.weight;
        if (load >= least || !usable(choice)) continue;
        best = choice;
        least = load;
      }
      return best;
    },
  };
}

function hashed<T extends Choice>(choices: readonly T[], random: () => number): Balancer<T> {
  const ring = createHashRing(choices);
  const fallback = atRandom(choices, random);
  return { pick: (usable, key) => (key === undefined ? fallback.pick(usable) : ring(key, usable)) };
}
