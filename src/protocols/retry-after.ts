/**
 * Seconds to wait as an answer's headers say: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date, read against the
 * answer's own `date` so that the two clocks need not agree. Undefined when it says nothing useful.
 */
export function retryAfterOf(headers: Headers): number | undefined {
  const milliseconds = positive(headers.get("retry-after-ms"));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = headers.get("retry-after");
  const seconds = positive(value);
  if (seconds !== undefined || value === null) return seconds;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(headers.get("date") ?? "");
  return Math.max(0, (until - (Number.isNaN(sent) ? Date.now() : sent)) / 1000);
}

function positive(value: string | null): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
