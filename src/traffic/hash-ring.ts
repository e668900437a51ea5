/** Places of the heaviest choice on the ring: more even out the shares and cost memory. */
const PLACES = 160;

interface Place<T> {
  readonly at: number;
  readonly choice: T;
}

/**
 * Consistent hashing on a ring: a key goes to the next place clockwise whose choice is usable. A choice that joins takes keys from all
 * others in equal measure and moves no key between them, as long as it is not heavier than the heaviest.
 */
export function createHashRing<T extends { readonly key: string; readonly weight: number }>(
  choices: readonly T[],
): (key: string, usable: (choice: T) => boolean) => T | undefined {
  const heaviest = Math.max(...choices.map(({ weight }) => weight));
  const places: Place<T>[] = choices.flatMap((choice) => {
    const count = Math.max(1, Math.round((PLACES * choice.weight) / heaviest));
    return Array.from({ length: count }, (_, index) => ({ at: hash(`${choice.key} ${index}`), choice }));
  });
  // Where two meet, the name decides, so that the order of the list does not matter.
  places.sort((a, b) => a.at - b.at || (a.choice.key < b.choice.key ? -1 : 1));
  return (key, usable) => {
    const begin = firstAtOrAfter(places, hash(key));
    const refused = new Set<T>();
    for (let step = 0; step < places.length && refused.size < choices.length; step++) {
      const { choice } = places[(begin + step) % places.length] as Place<T>;
      if (refused.has(choice)) continue;
      if (usable(choice)) return choice;
      refused.add(choice);
    }
    return undefined;
  };
}

function firstAtOrAfter(places: readonly { readonly at: number }[], point: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] as { at: number }).at < point) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** 32 bits: FNV-1a over the UTF-16 units, then MurmurHash3's finaliser, without which similar names lie close together. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85_eb_ca_6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2_b2_ae_35);
  return (value ^ (value >>> 16)) >>> 0;
}
