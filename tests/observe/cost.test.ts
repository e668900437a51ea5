import { describe, expect, test } from "bun:test";
import { CostObserver } from "#src/observe/cost.ts";
import { accessLine } from "#src/observe/access-log.ts";
import type { AccessRecord } from "#src/core/exchange.ts";
import { createPrices } from "#src/observe/prices.ts";
import { record } from "./records.ts";

function costOf(changes: Partial<AccessRecord>): number | undefined {
  const done = record(changes);
  new CostObserver(createPrices(), (id) => (id === "claude" ? "anthropic" : id)).done(done);
  return done.cost;
}

const DOLLARS = (85 * 3 + 10 * 0.3 + 5 * 3.75 + 51 * 15) / 1_000_000;

describe("what a request cost", () => {
  test("is filled in by the model that answered", () => {
    expect(costOf({})).toBeCloseTo(DOLLARS, 12);
  });

  test("is that of the name the provider was asked under when the one it answers with has no price", () => {
    expect(costOf({ modelUsed: "internal-build-7" })).toBeCloseTo(DOLLARS, 12);
  });

  test.each<[string, Partial<AccessRecord>]>([
    ["the model", { modelUsed: "mine", attempts: [] }],
    ["the vendor", { provider: "local" }],
  ])("is unknown with %s", (_what, changes) => {
    expect(costOf(changes)).toBeUndefined();
  });

  test("is nobody's without usage or provider", () => {
    const observer = new CostObserver(createPrices(), () => "anthropic");
    const { usage: _usage, ...unused } = record();
    const { provider: _provider, ...unsent } = record();
    for (const done of [unused, unsent]) {
      observer.done(done);
      expect(done).not.toHaveProperty("cost");
    }
  });

  test("stands in the log, and not at all when it is unknown", () => {
    expect(JSON.parse(accessLine(record({ cost: 0.00105 })))).toMatchObject({ cost_usd: 0.00105 });
    expect(JSON.parse(accessLine(record()))).not.toHaveProperty("cost_usd");
  });
});
