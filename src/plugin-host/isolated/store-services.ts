import type { Json } from "../../core/json.ts";
import type { Store } from "../../core/store.ts";
import type { Service } from "./service.ts";

/** How arguments are read. */
interface Readers {
  readonly text: (value: Json | undefined) => string;
  readonly number: (value: Json | undefined) => number;
}

type StoreCall = (store: Store, key: string, first: Json | undefined, second: Json | undefined) => Promise<Json | void>;

/**
 * The part of the store that a plugin in a process of its own has: that of its host, which gives it keys of its own alone. Logs and messages
 * are not among it.
 */
export function storeServices({ text, number }: Readers): Readonly<Record<string, Service>> {
  const optional = (value: Json | undefined): number | undefined =>
    value === undefined || value === null ? undefined : number(value);
  const calls: Readonly<Record<string, StoreCall>> = {
    get: async (store, key) => (await store.get(key)) ?? null,
    set: (store, key, value, ttl) => store.set(key, text(value), optional(ttl)),
    setIfAbsent: (store, key, value, ttl) => store.setIfAbsent(key, text(value), optional(ttl)),
    delete: (store, key) => store.delete(key),
    touch: (store, key, ttl) => store.touch(key, number(ttl)),
    increment: (store, key, by, ttl) => store.increment(key, number(by), number(ttl)),
    append: (store, key, values, ttl) => store.append(key, texts(values, text), number(ttl)),
    list: async (store, key) => [...(await store.list(key))],
    remove: (store, key, value) => store.remove(key, text(value)),
  };
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]): readonly [string, Service] => [
      `store.${name}`,
      async ({ host }, [key, first, second]) => (await call(host.store, text(key), first, second)) ?? null,
    ]),
  );
}

function texts(values: Json | undefined, text: Readers["text"]): readonly string[] {
  return Array.isArray(values) ? values.map((value) => text(value)) : [text(values)];
}
