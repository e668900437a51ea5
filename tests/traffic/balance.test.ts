import { expect, test } from "bun:test";
import { array, assert, integer, property, string } from "fast-check";
import { createBalancer, type BalanceMethod, type Choice } from "#src/traffic/balance.ts";
import { balancerContract } from "#tests/contracts/balancer.ts";
import { seeded } from "#tests/support/seeded.ts";

for (const method of ["round_robin", "random", "least_request", "hash"] as const satisfies BalanceMethod[]) {
  balancerContract(method, (choices, random) => createBalancer(method, choices, random), method === "hash");
}

const always = (): boolean => true;

test("round robin is smooth", () => {
  const choices = [5, 1, 1].map((weight, index) => ({ key: "abc".charAt(index), weight, active: 0 }));
  const balancer = createBalancer("round_robin", choices, () => 0);
  expect(Array.from({ length: 14 }, () => balancer.pick(always)?.key).join("")).toBe("aabacaaaabacaa");
});

test("least request takes the one with the smallest load for its weight", () => {
  assert(
    property(
      array(integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }),
      array(integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
      integer(),
      (loads, weights, seed) => {
        const choices = loads.map((active, index) => ({ key: `${index}`, active, weight: weights[index] as number }));
        const picked = createBalancer("least_request", choices, seeded(seed)).pick(always) as Choice;
        const load = ({ active, weight }: Choice): number => (active + 1) / weight;
        expect(load(picked)).toBe(Math.min(...choices.map(load)));
      },
    ),
  );
});

test("hash: the same key goes the same way, whatever the order of the list", () => {
  assert(
    property(string(), integer({ min: 1, max: 10 }), (key, count) => {
      const choices = Array.from({ length: count }, (_, index) => ({ key: `e${index}`, weight: 1, active: 0 }));
      const there = createBalancer("hash", choices, () => 0).pick(always, key);
      expect(createBalancer("hash", [...choices].reverse(), () => 0).pick(always, key)).toBe(there as Choice);
    }),
  );
});

test("hash: an endpoint that joins takes about 1/n of the keys, and only it gets any", () => {
  assert(
    property(integer({ min: 2, max: 12 }), integer(), (count, seed) => {
      const choices = Array.from({ length: count }, (_, index) => ({ key: `${seed}-${index}`, weight: 1, active: 0 }));
      const before = createBalancer("hash", choices.slice(1), () => 0);
      const after = createBalancer("hash", choices, () => 0);
      let moved = 0;
      for (let index = 0; index < 2000; index++) {
        const now = after.pick(always, `key ${index}`);
        if (now === before.pick(always, `key ${index}`)) continue;
        expect(now).toBe(choices[0] as Choice);
        moved++;
      }
      expect(moved).toBeGreaterThan((2000 / count) * 0.5);
      expect(moved).toBeLessThan((2000 / count) * 1.6);
    }),
    { numRuns: 20, seed: 1 },
  );
});

test("hash: keys of an endpoint that is out go to others, the rest stays", () => {
  const choices = Array.from({ length: 5 }, (_, index) => ({ key: `e${index}`, weight: 1, active: 0 }));
  const balancer = createBalancer("hash", choices, () => 0);
  const out = choices[2] as Choice;
  const heirs = new Set<Choice | undefined>();
  for (let index = 0; index < 500; index++) {
    const usual = balancer.pick(always, `${index}`);
    const now = balancer.pick((choice) => choice !== out, `${index}`);
    if (usual === out) heirs.add(now);
    else expect(now).toBe(usual as Choice);
  }
  expect(heirs.size).toBe(4);
});
