import type { Store } from "../core/store.ts";

/**
 * The part of the store that a plugin has which is not trusted: values, counters and lists under keys that all begin with its name. Others'
 * keys hold sessions, limits and kept answers. Logs, and messages between replicas, are not among it.
 */
export function ownStore(store: Store, name: string): Store {
  const own = (key: string): string => `plugin:${name}:${key}`;
  const none = (what: string) => (): Promise<never> =>
    Promise.reject(new Error(`The plugin has no ${what} in the store.`));
  return {
    get: (key) => store.get(own(key)),
    set: (key, value, ttl) => store.set(own(key), value, ttl),
    setIfAbsent: (key, value, ttl) => store.setIfAbsent(own(key), value, ttl),
    delete: (key) => store.delete(own(key)),
    touch: (key, ttl) => store.touch(own(key), ttl),
    increment: (key, by, ttl) => store.increment(own(key), by, ttl),
    append: (key, values, ttl) => store.append(own(key), values, ttl),
    list: (key) => store.list(own(key)),
    remove: (key, value) => store.remove(own(key), value),
    logAppend: none("logs"),
    logRead: none("logs"),
    publish: none("messages"),
    subscribe: none("messages"),
    close: () => Promise.resolve(),
  };
}
