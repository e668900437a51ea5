/** What `retry-after` says, in milliseconds from `now`; undefined when it says nothing. */
export function milliseconds(header: string, now: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now);
}
