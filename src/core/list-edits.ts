/** A stretch of a list that another list has otherwise. */
export interface Edit<T> {
  /** Where it begins in the list before. */
  readonly at: number;
  readonly removed: readonly T[];
  /** What stands in its place. */
  readonly added: readonly T[];
}

/** How far apart the next common part is looked for. */
const NEAR = 24;

/**
 * What makes a list of another one, by identity: all that is common to both and in no edit keeps its order. Lists that differ in a few places
 * cost a comparison an entry, which for tens of thousands of them is some microseconds. What was moved is in `removed` and in `added`.
 */
export function editsBetween<T extends object>(before: readonly T[], after: readonly T[]): readonly Edit<T>[] {
  if (before === after) return [];
  const edits: Edit<T>[] = [];
  let [one, two] = [0, 0];
  while (one < before.length || two < after.length) {
    if (one < before.length && before[one] === after[two]) {
      one++;
      two++;
      continue;
    }
    const next = common(before, one, after, two);
    if (next === undefined) return [...edits, ...farEdits(before, one, after, two)];
    edits.push({ at: one, removed: before.slice(one, next[0]), added: after.slice(two, next[1]) });
    [one, two] = next;
  }
  return edits;
}

/** The nearest places from which both lists go on alike; their ends are alike as well. */
function common<T>(
  before: readonly T[],
  one: number,
  after: readonly T[],
  two: number,
): readonly [number, number] | undefined {
  for (let apart = 1; apart <= NEAR; apart++) {
    for (let skipped = 0; skipped <= apart; skipped++) {
      const [x, y] = [one + skipped, two + apart - skipped];
      if (x > before.length || y > after.length) continue;
      if (x === before.length ? y === after.length : before[x] === after[y]) return [x, y];
    }
  }
  return undefined;
}

/** The same where what is common is far away: by what is in each list at all. */
function farEdits<T>(before: readonly T[], from: number, after: readonly T[], to: number): readonly Edit<T>[] {
  const left = new Set(before.slice(from));
  const edits: Edit<T>[] = [];
  let open: { readonly at: number; readonly removed: T[]; readonly added: T[] } | undefined;
  const at = (place: number): { readonly removed: T[]; readonly added: T[] } => {
    if (open === undefined) edits.push((open = { at: place, removed: [], added: [] }));
    return open;
  };
  let [one, two] = [from, to];
  while (one < before.length || two < after.length) {
    const [was, is] = [before[one] as T, after[two] as T];
    if (one < before.length && two < after.length && was === is) {
      open = undefined;
      one++;
      two++;
    } else if (one >= before.length || (two < after.length && !left.has(is))) {
      at(one).added.push(is);
      two++;
    } else {
      // Gone, or moved: then it is no more of the list before, and new where it stands now.
      at(one).removed.push(was);
      left.delete(was);
      one++;
    }
  }
  return edits;
}

/** What is gone and what is new, whatever was moved. */
export interface ListChange<T> {
  readonly gone: ReadonlySet<T>;
  readonly come: ReadonlySet<T>;
}

/** What edits come to where order does not count. */
export function changeOf<T>(edits: readonly Edit<T>[]): ListChange<T> {
  const gone = new Set<T>();
  const come = new Set<T>();
  for (const { removed, added } of edits) {
    for (const item of removed) gone.add(item);
    for (const item of added) come.add(item);
  }
  for (const item of come) {
    if (!gone.delete(item)) continue;
    come.delete(item);
  }
  return { gone, come };
}

/** A list that goes with another one entry by entry, brought to where that one's edits lead. */
export function edited<T, U>(list: readonly U[], edits: readonly Edit<T>[], made: (item: T) => U): readonly U[] {
  if (edits.length === 0) return list;
  const parts: (readonly U[])[] = [];
  let from = 0;
  for (const { at, removed, added } of edits) {
    parts.push(list.slice(from, at), added.map(made));
    from = at + removed.length;
  }
  return parts.concat([list.slice(from)]).flat();
}
