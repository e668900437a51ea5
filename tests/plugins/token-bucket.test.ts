import { expect, test } from "bun:test";
import { array, assert, integer, property } from "fast-check";
import { TokenBucket } from "#plugins/token-bucket.ts";

test("never gives more than the burst and what came back, and no less", () => {
  const steps = array(integer({ min: 0, max: 400 }), { maxLength: 200 });
  assert(
    property(integer({ min: 1, max: 20 }), integer({ min: 1, max: 50 }), steps, (size, perSecond, pauses) => {
      const bucket = new TokenBucket({ size, perMillisecond: perSecond / 1000 }, 0);
      let [now, given, tokens] = [0, 0, size];
      for (const pause of pauses) {
        now += pause;
        tokens = Math.min(size, tokens + (pause * perSecond) / 1000);
        const wait = bucket.take(now);
        if (wait === 0) {
          given++;
          tokens -= 1;
        } else expect(Math.abs(wait - ((1 - tokens) * 1000) / perSecond)).toBeLessThan(1e-3);
        expect(tokens).toBeGreaterThan(-1e-6);
      }
      expect(given).toBeLessThanOrEqual(size + (now * perSecond) / 1000 + 1e-6);
    }),
  );
});

test("what it says to wait is enough", () => {
  assert(
    property(integer({ min: 1, max: 1000 }), integer({ min: 0, max: 10_000 }), (perMinute, begin) => {
      const bucket = new TokenBucket({ size: 1, perMillisecond: perMinute / 60_000 }, begin);
      expect(bucket.take(begin)).toBe(0);
      const wait = bucket.take(begin);
      expect(bucket.take(begin + wait * 0.9)).toBeGreaterThan(0);
      expect(bucket.take(begin + wait)).toBe(0);
    }),
  );
});

test("a clock that goes back gives nothing and takes nothing", () => {
  const bucket = new TokenBucket({ size: 2, perMillisecond: 1 }, 100);
  expect([bucket.take(100), bucket.take(50)]).toEqual([0, 0]);
  expect(bucket.take(50)).toBeGreaterThan(0);
});
