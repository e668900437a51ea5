import { expect, test } from "bun:test";
import { patientLoader } from "#src/plugin-host/patient-loader.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";

/** A loader whose modules come when they are told to. */
function stage() {
  const clock = new FakeClock();
  const loads: PromiseWithResolvers<string>[] = [];
  const load = patientLoader<{ readonly required: boolean }, string>(() => {
    const one = Promise.withResolvers<string>();
    loads.push(one);
    return one.promise;
  }, clock);
  return { clock, loads, load };
}

test("what comes late is not waited for, and is there once it came", async () => {
  const { clock, loads, load } = stage();
  const first = load({ required: false });
  clock.advance(2000);
  expect(await first.catch(String)).toContain("still being fetched");
  expect(await load({ required: false }).catch(String)).toContain("still being fetched");
  loads[0]?.resolve("module");
  await Promise.resolve();
  expect(await load({ required: false })).toBe("module");
  expect(loads).toHaveLength(1);
  void load({ required: false });
  expect(loads).toHaveLength(2);
});

test("what fails is told at once from then on, while it is tried again", async () => {
  const { clock, loads, load } = stage();
  const first = load({ required: false });
  loads[0]?.reject(new Error("gone"));
  expect(await first.catch(String)).toContain("gone");
  expect(clock.pending).toBe(0);
  expect(await load({ required: false }).catch(String)).toContain("gone");
  expect(await load({ required: false }).catch(String)).toContain("gone");
  expect(loads).toHaveLength(2);
  loads[1]?.resolve("module");
  await Promise.resolve();
  expect(await load({ required: false })).toBe("module");
});

test("what is required is waited for", async () => {
  const { clock, loads, load } = stage();
  const first = load({ required: true });
  clock.advance(60_000);
  loads[0]?.resolve("module");
  expect(await first).toBe("module");
});
