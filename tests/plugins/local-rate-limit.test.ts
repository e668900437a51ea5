import { expect, test } from "bun:test";
import { localRateLimit } from "#plugins/local-rate-limit.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";
import { behind } from "./behind.ts";

async function limited(config: object) {
  const clock = new FakeClock();
  const ask = await behind(localRateLimit, config, fakePluginHost({ clock }));
  const asked = async (route: string, times: number): Promise<number> => {
    let passed = 0;
    for (let time = 0; time < times; time++) if ((await ask({ route: { name: route } })).status === 200) passed++;
    return passed;
  };
  return { clock, ask, asked };
}

test("after a quiet time five times the rate, then the rate", async () => {
  const { clock, asked } = await limited({ requests_per_second: 3 });
  expect(await asked("r", 40)).toBe(15);
  clock.advance(1000);
  expect(await asked("r", 40)).toBe(3);
  clock.advance(60_000);
  expect(await asked("r", 40)).toBe(15);
});

test("the rate of a minute goes before that of a second", async () => {
  const { clock, asked } = await limited({ requests_per_second: 100, requests_per_minute: 6, burst_multiplier: 1 });
  expect(await asked("r", 10)).toBe(6);
  clock.advance(9999);
  expect(await asked("r", 1)).toBe(0);
  clock.advance(1);
  expect(await asked("r", 2)).toBe(1);
});

test("each route counts for itself", async () => {
  const { asked } = await limited({ requests_per_second: 1, burst_multiplier: 2 });
  expect([await asked("a", 5), await asked("b", 5), await asked("a", 5)]).toEqual([2, 2, 0]);
});

test("says 429 and when to come back", async () => {
  const { ask } = await limited({ requests_per_minute: 1, burst_multiplier: 1 });
  await ask();
  const { status, body, headers, sent } = await ask();
  expect([status, body, headers["retry-after"], sent]).toEqual([429, "local_rate_limited", "60", undefined]);
});

test("the words are the configuration's", async () => {
  const { ask } = await limited({ requests_per_minute: 1, burst_multiplier: 1, rejected_code: 503, rejected_msg: "" });
  await ask();
  expect(await ask()).toMatchObject({ status: 503, body: "" });
});

test("routes with the same limit for themselves do not share it", async () => {
  const route = (name: string) => ({
    name,
    match: { path: { prefix: `/${name}` } },
    response: { status: 200, body: "good" },
    plugins: [{ name: "local-rate-limit", config: { requests_per_minute: 1, burst_multiplier: 1 } }],
  });
  await using stage = await pluginStage({
    plugins: [],
    clock: new FakeClock(),
    config: () => ({ routes: [route("a"), route("b")] }),
  });
  const statuses: number[] = [];
  for (const path of ["/a", "/b", "/a", "/b"]) statuses.push((await stage.fetch(path)).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
});

test.each([
  {},
  { requests_per_second: 0 },
  { requests_per_minute: 1.5 },
  { requests_per_second: 1, burst_multiplier: 0 },
])("refuses the configuration %j", async (config) => {
  expect(await behind(localRateLimit, config).catch(String)).toContain("Error");
});
