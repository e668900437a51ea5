/** A test for statuses written as `429` or, for a class of them, `5xx`; other words in the list match none. */
export function statusTest(patterns: Iterable<string>): (status: number) => boolean {
  const on = new Set(patterns);
  return (status) => on.has(String(status)) || on.has(`${Math.floor(status / 100)}xx`);
}
