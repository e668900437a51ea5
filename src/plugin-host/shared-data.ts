import type { SharedData, SharedValue } from "../core/plugin-host.ts";

/** What one plugin may keep: values, and their bytes together with their keys. */
const MAX_VALUES = 100_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Shared data of one plugin, in this process. */
export function createSharedData(): SharedData {
  const values = new Map<string, SharedValue>();
  let bytes = 0;
  let changes = 0;
  const sizeOf = (key: string): number => {
    const value = values.get(key);
    return value === undefined ? 0 : key.length + value.value.byteLength;
  };
  return {
    get: (key) => values.get(key),
    keys: () => [...values.keys()],
    set(key, value, cas = 0) {
      if (cas !== 0 && values.get(key)?.cas !== cas) return false;
      const after = bytes - sizeOf(key) + (value === undefined ? 0 : key.length + value.byteLength);
      if (value === undefined) values.delete(key);
      else {
        if (after > MAX_BYTES) throw new RangeError(`The plugin's shared data would be more than ${MAX_BYTES} bytes.`);
        if (values.size >= MAX_VALUES && !values.has(key))
          throw new RangeError(`The plugin shares ${MAX_VALUES} values already.`);
        values.set(key, { value: value.slice(), cas: ++changes });
      }
      bytes = after;
      return true;
    },
  };
}
