import type { HeaderChanges } from "./http-options.ts";

/** Compiles header changes; they act on the headers given. Throws a TypeError when a name or a value is not valid. */
export function compileHeaderChanges(changes: HeaderChanges | undefined): (headers: Headers) => void {
  if (changes === undefined) return () => {};
  const { remove = [], set = {}, add = {} } = changes;
  const setting = Object.entries(set);
  const adding = Object.entries(add);
  const apply = (headers: Headers): void => {
    for (const name of remove) headers.delete(name);
    for (const [name, value] of setting) headers.set(name, value);
    for (const [name, value] of adding) headers.append(name, value);
  };
  // A mistake shows up when the configuration is built, not at the first request.
  apply(new Headers());
  return apply;
}
