/** About how many entries share a bucket: what a change copies. */
const BUCKET = 32;

type Bucket<V> = ReadonlyMap<string, V>;

/**
 * A map by texts that never changes: changes make another map of it, which shares all that they do not touch. A change costs about the
 * square root of the size, where copying a native map costs all of it.
 */
export class PersistentMap<V> {
  readonly size: number;
  /** As many as a power of two. */
  readonly #buckets: readonly Bucket<V>[];

  private constructor(buckets: readonly Bucket<V>[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const all = new Map(entries);
    return new PersistentMap(spread(all), all.size);
  }

  get(key: string): V | undefined {
    const buckets = this.#buckets;
    return buckets[buckets.length === 1 ? 0 : hash(key) & (buckets.length - 1)]?.get(key);
  }

  *entries(): Iterable<readonly [string, V]> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  /** The map with these changes; undefined stands for what is gone. */
  with(changes: ReadonlyMap<string, V | undefined>): PersistentMap<V> {
    if (changes.size === 0) return this;
    const buckets = [...this.#buckets];
    const own = new Map<number, Map<string, V>>();
    let { size } = this;
    for (const [key, value] of changes) {
      const index = hash(key) & (buckets.length - 1);
      let bucket = own.get(index);
      if (bucket === undefined) {
        own.set(index, (bucket = new Map(buckets[index])));
        buckets[index] = bucket;
      }
      size -= bucket.size;
      if (value === undefined) bucket.delete(key);
      else bucket.set(key, value);
      size += bucket.size;
    }
    const next = new PersistentMap(buckets, size);
    const wanted = bucketsFor(size);
    // Only once it is far off, so that going to and fro over a limit does not spread everything each time.
    return wanted > buckets.length * 2 || wanted * 4 < buckets.length ? PersistentMap.from(next.entries()) : next;
  }
}

function spread<V>(all: ReadonlyMap<string, V>): readonly Bucket<V>[] {
  const count = bucketsFor(all.size);
  if (count === 1) return [all];
  const buckets = Array.from({ length: count }, () => new Map<string, V>());
  for (const [key, value] of all) buckets[hash(key) & (count - 1)]?.set(key, value);
  return buckets;
}

function bucketsFor(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size / BUCKET)));
}

/** FNV-1a, with its upper half folded into the lower one, which is what picks the bucket. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
