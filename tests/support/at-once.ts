/** What is there without waiting; an Error when it is not. */
export function atOnce<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error("This should not have to be waited for.");
  return value;
}
