import { expect, test } from "bun:test";
import { churn } from "#tests/support/own-churn/run.ts";

const SMALL = { clients: 4, streams: 10, seed: 7 };

test.each([
  { source: "kube", routes: 300, changes: 200, ...SMALL },
  { source: "files", routes: 60, changes: 40, ...SMALL },
] as const)(
  "$changes changes of objects from $source under load fail no request, and cut no stream",
  async (options) => {
    const { requests, failed, wrong, cut, events, delays } = await churn(options);
    expect({ failed, wrong, cut }).toEqual({ failed: [], wrong: [], cut: 0 });
    expect(delays).toHaveLength(options.changes);
    expect(requests).toBeGreaterThan(options.changes);
    expect(events).toBeGreaterThanOrEqual(options.streams);
  },
  60_000,
);
