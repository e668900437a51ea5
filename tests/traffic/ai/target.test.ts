import { describe, expect, test } from "bun:test";
import { planner, type Target } from "#src/traffic/ai/target.ts";

function target(id: string, weight: number): Target {
  return { provider: { id }, weight } as unknown as Target;
}

const ids = (targets: readonly Target[]): string[] => targets.map(({ provider }) => provider.id);

describe("planner", () => {
  const choices = [target("a", 1), target("b", 3), target("never", 0)];
  const fallback = { targets: [target("x", 1), target("y", 1)], strategy: "sequence" } as const;

  test.each([
    [0, "a"],
    [0.24, "a"],
    [0.25, "b"],
    [0.999, "b"],
  ])("draws the first choice by weight: %p gives %p", (random, first) => {
    expect(ids(planner(choices, fallback, () => random)())).toEqual([first, "x", "y"]);
  });

  test("keeps the order of the fallbacks, or draws one", () => {
    const draws = [0, 0.9, 0.1];
    const random = (): number => draws.shift() ?? 0;
    expect(ids(planner(choices, { ...fallback, strategy: "random" }, random)())).toEqual(["a", "y", "x"]);
  });

  test("needs no draw with one choice", () => {
    const plan = planner([target("only", 0)], undefined, () => {
      throw new Error("drawn");
    });
    expect(ids(plan())).toEqual(["only"]);
  });
});
