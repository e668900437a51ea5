import { describe, expect, test } from "bun:test";
import { array, assert, boolean, integer, property } from "fast-check";
import type { Balancer, Choice } from "#src/traffic/balance.ts";
import { seeded } from "#tests/support/seeded.ts";

interface Busy extends Choice {
  active: number;
}

/** Makes a balancer over choices; `random` is seeded by the suite. */
export type MakeBalancer = (choices: readonly Choice[], random: () => number) => Balancer<Choice>;

/** What every balancer must keep to. `keyed` ones are asked with a different key each time. */
export function balancerContract(name: string, make: MakeBalancer, keyed: boolean): void {
  const choose = (weights: readonly number[]): Busy[] =>
    weights.map((weight, index) => ({ key: `10.0.0.${index}:80`, weight, active: 0 }));

  /** How often each is taken while 40 requests are under way at any time. */
  function counts(choices: readonly Busy[], turns: number): number[] {
    const balancer = make(choices, seeded(7));
    const taken = choices.map(() => 0);
    const busy: Busy[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const index = choices.indexOf(balancer.pick(() => true, keyed ? `client ${turn}` : undefined) as Busy);
      const choice = choices[index] as Busy;
      taken[index] = (taken[index] as number) + 1;
      choice.active++;
      busy.push(choice);
      if (busy.length > 40) (busy.shift() as Busy).active--;
    }
    return taken;
  }

  describe(name, () => {
    test("shares by weight", () => {
      const [a = 0, b = 0, none = 0, c = 0] = counts(choose([1, 2, 0, 1]), 20_000);
      expect(a + b + c).toBe(20_000);
      expect(none).toBe(0);
      expect(Math.abs(a - 5000)).toBeLessThan(1500);
      expect(Math.abs(b - 10_000)).toBeLessThan(1500);
    });

    test("takes only what is usable, and always when something is", () => {
      assert(
        property(array(boolean(), { minLength: 1, maxLength: 8 }), integer(), (usable, seed) => {
          const choices = choose(usable.map(() => 1));
          const open = new Set(choices.filter((_, index) => usable[index]));
          const balancer = make(choices, seeded(seed));
          for (let turn = 0; turn < 10; turn++) {
            const choice = balancer.pick((candidate) => open.has(candidate), keyed ? `${seed} ${turn}` : undefined);
            expect(choice === undefined ? open.size === 0 : open.has(choice)).toBeTrue();
          }
        }),
      );
    });

    test("answers nothing for nothing", () => {
      expect(make([], seeded(1)).pick(() => true, "key")).toBeUndefined();
      expect(make(choose([0, 0]), seeded(1)).pick(() => true, "key")).toBeUndefined();
    });

    test("does without a key", () => {
      expect(make(choose([1]), seeded(1)).pick(() => true)?.weight).toBe(1);
    });
  });
}
