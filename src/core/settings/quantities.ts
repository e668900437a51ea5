const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
};

/** The longest time a timer of JavaScript can wait, in milliseconds (about 24.8 days). */
export const LONGEST_DURATION: number = 2 ** 31 - 1;

/** Milliseconds of `500ms`, `1.5s`, `1m30s`, `2h`, or of a number of milliseconds; undefined when it is none of these. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === "number") return bounded(value, LONGEST_DURATION);
  if (typeof value !== "string" || value.length > 40) return undefined;
  if (/^\d+$/.test(value)) return bounded(Number(value), LONGEST_DURATION);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (DURATION_UNITS[unit] ?? Number.NaN);
  }
  return bounded(total, LONGEST_DURATION);
}

/** Bytes of `100MiB`, `10MB`, `512Ki`, or of a number of bytes; undefined when it is none of these. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? bounded(value, Number.MAX_SAFE_INTEGER) : undefined;
  if (typeof value !== "string" || value.length > 40) return undefined;
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(value) ?? [];
  const factor = unit === "" ? 1 : SIZE_UNITS[unit.toLowerCase()];
  if (amount === "" || factor === undefined) return undefined;
  return bounded(Number(amount) * factor, Number.MAX_SAFE_INTEGER);
}

function bounded(value: number, most: number): number | undefined {
  const whole = Math.round(value);
  return whole >= 0 && whole <= most ? whole : undefined;
}
