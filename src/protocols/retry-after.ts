import type { HeaderView } from "../core/header-list.ts";

/** All three forms begin with a weekday (RFC 9110, section 5.6.7). Runtimes read a date into nearly anything, `-5` for one. */
const HTTP_DATE = /^\s*(?:mon|tue|wed|thu|fri|sat|sun)/i;

/**
 * Seconds to wait as an answer's headers say: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date, read against the
 * answer's own `date` so that the two clocks need not agree. Undefined when it says nothing useful.
 */
export function retryAfterOf(headers: HeaderView): number | undefined {
  const milliseconds = positive(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = headers.get("retry-after");
  const seconds = positive(value);
  if (seconds !== undefined || value === null) return seconds;
  const until = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(headers.get("date") ?? "");
  return Math.max(0, (until - (Number.isNaN(sent) ? Date.now() : sent)) / 1000);
}

function positive(value: string | null): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
