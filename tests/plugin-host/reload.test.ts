import { expect, test } from "bun:test";
import { gate as createGate } from "#tests/support/gate.ts";
import type { Plugin } from "#src/core/plugin.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";

test("requests under way finish with their configuration, new ones have the new one", async () => {
  const gate = createGate();
  const entered = Promise.withResolvers<void>();
  const closed: string[] = [];
  const version: Plugin = madePlugin("version", ({ say }) => ({
    async requestHeaders() {
      if (say !== "old") return;
      entered.resolve();
      await gate.opened;
    },
    responseHeaders({ response }) {
      response?.headers.set("x-version", String(say));
    },
    close: () => void closed.push(String(say)),
  }));
  await using stage = await pluginStage({ extra: [version], plugins: [{ name: "version", config: { say: "old" } }] });
  const before = stage.fetch("/x");
  await entered.promise;
  await stage.apply([{ name: "version", config: { say: "new" } }]);
  expect((await stage.fetch("/x")).headers.get("x-version")).toBe("new");
  expect(closed).toEqual([]);
  gate.open();
  const answered = await before;
  expect(answered.headers.get("x-version")).toBe("old");
  await answered.text();
  expect(closed).toEqual(["old"]);
});

test("what a reload does not change keeps its state and its timers", async () => {
  const clock = new FakeClock();
  let made = 0;
  let ticks = 0;
  const counting = madePlugin("counting", (_, host) => {
    made++;
    host.every(1000, () => void ticks++);
    return {};
  });
  const entry = { name: "counting", config: { a: 1 } };
  await using stage = await pluginStage({ extra: [counting], plugins: [entry], clock });
  await stage.apply([entry, { name: "counting", id: "other", config: { a: 2 } }]);
  expect(made).toBe(2);
  await stage.apply([entry]);
  expect(made).toBe(2);
  clock.advance(1000);
  await Promise.resolve();
  expect(ticks).toBe(1);
});

test("a reload under load swaps versions with no failed request", async () => {
  const version = madePlugin("version", ({ say }) => ({
    requestBody: async () => undefined,
    responseBody: (_, body) => new TextEncoder().encode(`${String(say)} ${new TextDecoder().decode(body)}`),
  }));
  await using stage = await pluginStage({ extra: [version], plugins: [{ name: "version", config: { say: 0 } }] });
  const load = new AbortController();
  const failed: string[] = [];
  const ask = async (): Promise<number> => {
    let count = 0;
    for (; !load.signal.aborted; count++) {
      const response = await stage.fetch("/x", { method: "POST", body: "b" });
      const text = await response.text();
      if (!/^\d+ from the backend$/.test(text)) failed.push(`${response.status} ${text}`);
    }
    return count;
  };
  const loads = Array.from({ length: 8 }, ask);
  for (let say = 1; say <= 100; say++) {
    await stage.apply([{ name: "version", config: { say } }]);
    await stage.fetch("/x");
  }
  load.abort();
  const counts = await Promise.all(loads);
  expect(failed).toEqual([]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
});
