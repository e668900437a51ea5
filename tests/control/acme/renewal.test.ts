import { describe, expect, test } from "bun:test";
import { assert, double, integer, property } from "fast-check";
import { renewalTime, restAfter } from "#src/control/acme/renewal.ts";
import { certificateId, renewalInfoOf } from "#src/control/acme/renewal-info.ts";
import { milliseconds } from "#src/control/acme/retry-after.ts";
import { madeCertificate } from "#tests/support/acme/made-certificate.ts";

const DAY = 24 * 3_600_000;
const share = double({ min: 0.01, max: 0.99, noNaN: true });
const chance = double({ min: 0, max: 1, noNaN: true });

describe("a renewal", () => {
  test("is due when the share of the lifetime is left, up to a tenth of that earlier", () => {
    const ninety = { notBefore: 0, notAfter: 90 * DAY };
    expect(renewalTime(ninety, 1 / 3, 0)).toBe(60 * DAY);
    expect(renewalTime(ninety, 1 / 3, 1)).toBe(59 * DAY);
    expect(renewalTime({ notBefore: 0, notAfter: 6 * DAY }, 1 / 3, 1)).toBeCloseTo(3.8 * DAY, -1);
  });

  test("is always within the lifetime", () => {
    assert(
      property(integer({ min: 3_600_000, max: 400 * DAY }), share, chance, (length, renewBefore, random) => {
        const at = renewalTime({ notBefore: 0, notAfter: length }, renewBefore, random);
        expect(at).toBeGreaterThanOrEqual(-length / 10);
        expect(at).toBeLessThan(length);
      }),
    );
  });

  test("is within the window that the authority suggests, wherever that is", () => {
    assert(
      property(integer(), integer({ min: 0, max: 100 * DAY }), chance, (start, length, random) => {
        const at = renewalTime({ notBefore: 0, notAfter: 90 * DAY }, 1 / 3, random, { start, end: start + length });
        expect(at).toBeGreaterThanOrEqual(start);
        expect(at).toBeLessThanOrEqual(start + length);
      }),
    );
  });
});

describe("a rest after failures", () => {
  test("grows from two minutes to a day, and keeps to fewer than five tries in the first hour", () => {
    const rests = Array.from({ length: 12 }, (_, index) => restAfter(index + 1, 0) / 60_000);
    expect(rests.slice(0, 4)).toEqual([2, 6, 18, 54]);
    expect(rests.at(-1)).toBe(24 * 60);
  });

  test("is as long as the authority asks for, and short enough for what is left", () => {
    expect(restAfter(1, 0, 3 * 3_600_000)).toBe(3 * 3_600_000);
    expect(restAfter(9, 0, 0, 3_600_000)).toBe(3_600_000);
    expect(restAfter(9, 0, 0, -1)).toBe(600_000);
    expect(restAfter(1, 1)).toBe(144_000);
  });
});

describe("an authority's renewal information", () => {
  test("is asked for by the key identifier and the serial number: the example of RFC 9773", async () => {
    const { cert } = await madeCertificate({
      name: "a.test",
      notBefore: 0,
      notAfter: DAY,
      serial: "87654321",
      authorityKey: "69885b6b87464041e1b37b847ba0ae2cde01c8d4",
    });
    expect(certificateId(cert)).toBe("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
  });

  test("is not asked for where a certificate does not name its authority's key", async () => {
    expect(certificateId((await madeCertificate({ name: "a", notBefore: 0, notAfter: DAY })).cert)).toBeUndefined();
  });

  test("is a window and the time to ask again, between a minute and a day", () => {
    const body = { suggestedWindow: { start: "2026-01-02T04:00:00Z", end: "2026-01-03T04:00:00Z" } };
    const window = { start: Date.parse("2026-01-02T04:00:00Z"), end: Date.parse("2026-01-03T04:00:00Z") };
    expect(renewalInfoOf(body, undefined)).toEqual({ window, askAgain: 6 * 3_600_000 });
    expect(renewalInfoOf(body, 0)?.askAgain).toBe(60_000);
    expect(renewalInfoOf(body, 10 * DAY)?.askAgain).toBe(DAY);
  });

  test.each([
    [{}],
    [null],
    ["text"],
    [{ suggestedWindow: { start: "soon", end: "later" } }],
    [{ suggestedWindow: { start: "2026-01-03T04:00:00Z", end: "2026-01-02T04:00:00Z" } }],
  ])("%j is none", (body) => {
    expect(renewalInfoOf(body, undefined)).toBeUndefined();
  });
});

test.each([
  ["120", 120_000],
  ["Thu, 01 Jan 1970 00:02:00 GMT", 119_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["", undefined],
  ["soon", undefined],
])("retry-after %p is %p ms", (header, expected) => {
  expect(milliseconds(header, 1000)).toBe(expected as number);
});
