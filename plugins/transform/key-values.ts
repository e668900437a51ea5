/** Names with their values, in order: headers, parameters of a query, fields of a form. */
export type KeyValues = Map<string, readonly string[]>;

/** Which values stay. */
export type Strategy = "RETAIN_FIRST" | "RETAIN_LAST" | "RETAIN_UNIQUE";

/** Takes a name away. */
export function removeKey(values: KeyValues, key: string): void {
  values.delete(key);
}

/** Gives the values another name; values it has already stay before them. */
export function renameKey(values: KeyValues, from: string, to: string): void {
  const moved = values.get(from);
  if (moved === undefined || from === to) return;
  values.set(to, [...(values.get(to) ?? []), ...moved]);
  values.delete(from);
}

/** One value in the place of all. */
export function replaceValue(values: KeyValues, key: string, value: string): void {
  if (values.has(key)) values.set(key, [value]);
}

/** A value for a name that has none. */
export function addValue(values: KeyValues, key: string, value: string): void {
  if (!values.has(key)) values.set(key, [value]);
}

/** One more value. */
export function appendValue(values: KeyValues, key: string, value: string): void {
  values.set(key, [...(values.get(key) ?? []), value]);
}

/** Leaves some of the values of a name. */
export function dedupe(values: KeyValues, key: string, strategy: Strategy): void {
  const all = values.get(key);
  if (all !== undefined) values.set(key, retained(all, strategy, String));
}

/** Those that stay; `identity` tells which are the same. */
export function retained<T>(all: readonly T[], strategy: Strategy, identity: (value: T) => string): readonly T[] {
  if (strategy === "RETAIN_FIRST") return all.slice(0, 1);
  if (strategy === "RETAIN_LAST") return all.slice(-1);
  const kept = new Map<string, T>();
  for (const value of all) {
    const same = identity(value);
    if (!kept.has(same)) kept.set(same, value);
  }
  return [...kept.values()];
}
