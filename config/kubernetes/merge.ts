import { SortedList } from "#src/core/sorted-list.ts";
import { EntryList, type MergedEntry } from "./entry-list.ts";
import { byAge, type Resource } from "./resource.ts";
import type { PieceChange, Translated } from "./translated.ts";
import {
  type Finding,
  type Piece,
  type PieceAuto,
  type PieceCertificate,
  PIECE_LISTS,
  type PieceList,
  type Written,
} from "./translator.ts";

export type { MergedEntry } from "./entry-list.ts";

/** All pieces together, as one written configuration. A list in which nothing has changed is the same object as before. */
export interface Merged {
  /** By what they are known by: one entry of a name. */
  readonly lists: Readonly<Record<PieceList, ReadonlyMap<string, MergedEntry>>>;
  readonly certificates: readonly { readonly certificate: PieceCertificate; readonly from: Resource }[];
  readonly auto: readonly { readonly auto: PieceAuto; readonly from: Resource }[];
  /** How they are got, as far as an object says. */
  readonly acme: Piece["acme"] | undefined;
  readonly settings: ReadonlyMap<string, { readonly value: unknown; readonly from: Resource }>;
  /** What passes have to say. */
  readonly findings?: readonly (Finding & { readonly resource: Resource })[];
}

/** A pass over what all objects together come to. It keeps entries that it does not change the same objects. */
export type MergePass = (merged: Merged) => Merged;

/** Where an entry stands among those of its kind, whoever was there first: compared number by number, the shorter before the longer. */
export type EntryPlace = (entry: MergedEntry) => readonly number[];

/** What an entry is known by. */
const NAMED_BY: Readonly<Partial<Record<PieceList, readonly string[]>>> = {
  providers: ["id", "type"],
  plugins: ["id", "name"],
};

/** The name of an entry in its list. */
export function entryName(list: PieceList, written: Written): string {
  for (const key of NAMED_BY[list] ?? ["name"]) if (typeof written[key] === "string") return written[key];
  return "";
}

/** An entry, and what decides whether it counts and where it stands. */
interface Ranked extends MergedEntry {
  readonly name: string;
  readonly rank: number;
  readonly place: readonly number[];
  /** Its place among those of its piece. */
  readonly index: number;
}

/** Who was there first, of the entries of one name. */
function byRank(a: Ranked, b: Ranked): number {
  return a.rank - b.rank || byAge(a.from, b.from) || a.index - b.index;
}

function byPlace({ place: a }: Ranked, { place: b }: Ranked): number {
  if (a === b) return 0;
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (one !== other) return one - other;
  }
  return a.length - b.length;
}

/** The entries of one list. */
class MergedList {
  readonly #name: PieceList;
  /** All of a name, the first of which counts. */
  readonly #named = new Map<string, readonly Ranked[]>();
  readonly #counting = new SortedList<Ranked>((a, b) => a.rank - b.rank || byPlace(a, b) || byRank(a, b));
  #last: EntryList | undefined;

  constructor(name: PieceList) {
    this.#name = name;
  }

  add(entry: Ranked): void {
    this.#change(entry.name, (others) => [...others, entry].sort(byRank));
  }

  remove(entry: Ranked): void {
    this.#change(entry.name, (all) => all.filter((one) => one !== entry));
  }

  get entries(): EntryList {
    const { items } = this.#counting;
    if (this.#last?.items !== items) this.#last = new EntryList(items, ({ written }) => entryName(this.#name, written));
    return this.#last;
  }

  #change(name: string, change: (all: readonly Ranked[]) => readonly Ranked[]): void {
    const before = this.#named.get(name) ?? [];
    const after = change(before);
    if (after.length === 0) this.#named.delete(name);
    else this.#named.set(name, after);
    if (before[0] === after[0]) return;
    if (before[0] !== undefined) this.#counting.remove(before[0]);
    if (after[0] !== undefined) this.#counting.add(after[0]);
  }
}

/** Everything but the lists. */
type Rest = Pick<Merged, "certificates" | "auto" | "acme" | "settings">;

/** Brings pieces together; of entries with the same name the first counts. What did not change is not looked at. */
export class Merger {
  readonly #placeOfRoute: EntryPlace;
  readonly #lists: Readonly<Record<PieceList, MergedList>>;
  readonly #contributions = new WeakMap<Translated, readonly (readonly [MergedList, Ranked])[]>();
  /** Pieces that have more than entries. */
  readonly #others = new SortedList<Translated>((a, b) => a.rank - b.rank || byAge(a.resource, b.resource));
  #rest: Rest = { certificates: [], auto: [], acme: undefined, settings: new Map() };

  constructor(placeOfRoute: EntryPlace = anywhere) {
    this.#placeOfRoute = placeOfRoute;
    const lists = PIECE_LISTS.map((list) => [list, new MergedList(list)]);
    this.#lists = Object.fromEntries(lists) as Record<PieceList, MergedList>;
  }

  update(changes: readonly PieceChange[]): Merged {
    for (const { before } of changes) {
      if (before === undefined) continue;
      for (const [list, entry] of this.#contributions.get(before) ?? []) list.remove(entry);
      if (hasRest(before)) this.#others.remove(before);
    }
    for (const { after } of changes) {
      if (after === undefined) continue;
      for (const [list, entry] of this.#contributed(after)) list.add(entry);
      if (hasRest(after)) this.#others.add(after);
    }
    const others = changes.some(({ before, after }) => hasRest(before) || hasRest(after));
    if (others) this.#rest = restOf(this.#others.items);
    const lists = PIECE_LISTS.map((list) => [list, this.#lists[list].entries]);
    return { lists: Object.fromEntries(lists) as Merged["lists"], ...this.#rest };
  }

  #contributed(translated: Translated): readonly (readonly [MergedList, Ranked])[] {
    const { resource: from, piece, rank } = translated;
    const made = PIECE_LISTS.flatMap((list) =>
      (piece[list] ?? []).map((written, index): readonly [MergedList, Ranked] => {
        const place = list === "routes" ? this.#placeOfRoute({ written, from }) : ANYWHERE;
        return [this.#lists[list], { name: entryName(list, written), written, from, rank, place, index }];
      }),
    );
    this.#contributions.set(translated, made);
    return made;
  }
}

const ANYWHERE: readonly number[] = [];

function anywhere(): readonly number[] {
  return ANYWHERE;
}

function hasRest(translated: Translated | undefined): boolean {
  const { certificates, auto, acme, settings } = translated?.piece ?? {};
  return (certificates ?? auto ?? acme ?? settings) !== undefined;
}

function restOf(translated: readonly Translated[]): Rest {
  const certificates: Merged["certificates"][number][] = [];
  const auto: Merged["auto"][number][] = [];
  const settings = new Map<string, { readonly value: unknown; readonly from: Resource }>();
  for (const { resource: from, piece } of translated) {
    for (const one of piece.auto ?? []) auto.push({ auto: one, from });
    for (const certificate of piece.certificates ?? []) certificates.push({ certificate, from });
    for (const [key, value] of Object.entries(piece.settings ?? {})) {
      if (!settings.has(key)) settings.set(key, { value, from });
    }
  }
  const acme = translated.find(({ piece }) => piece.acme !== undefined)?.piece.acme;
  return { certificates, auto, acme, settings };
}

/** Brings pieces together once. */
export function merge(translated: readonly Translated[], placeOfRoute?: EntryPlace): Merged {
  return new Merger(placeOfRoute).update(translated.map((after) => ({ before: undefined, after })));
}
