import type { Translated } from "./translation.ts";
import {
  type Finding,
  type Piece,
  type PieceAuto,
  type PieceCertificate,
  PIECE_LISTS,
  type PieceList,
  type Written,
} from "./translator.ts";
import type { Resource } from "./resource.ts";

/** An entry with the object it was made of. */
export interface MergedEntry {
  readonly written: Written;
  readonly from: Resource;
}

/** All pieces together, as one written configuration. */
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

/** What one piece adds to the lists. */
interface Contribution {
  readonly list: PieceList;
  readonly name: string;
  readonly entry: MergedEntry;
}

/** Everything but the lists. */
type Rest = Pick<Merged, "certificates" | "auto" | "acme" | "settings">;

/**
 * Brings pieces together; of entries with the same name the first counts. Where pieces only say something else of the same names, which is
 * what mostly changes, the lists of the time before are mended, and those that nothing changed in stay the same objects.
 */
export class Merger {
  readonly #contributions = new WeakMap<Translated["piece"], readonly Contribution[]>();
  #last: { readonly translated: readonly Translated[]; readonly merged: Merged } | undefined;

  merge(translated: readonly Translated[]): Merged {
    const merged = this.#mended(translated) ?? this.#whole(translated);
    this.#last = { translated, merged };
    return merged;
  }

  #whole(translated: readonly Translated[]): Merged {
    const lists = Object.fromEntries(PIECE_LISTS.map((list) => [list, new Map<string, MergedEntry>()])) as Record<
      PieceList,
      Map<string, MergedEntry>
    >;
    for (const one of translated) {
      for (const { list, name, entry } of this.#of(one)) {
        const entries = lists[list];
        if (!entries.has(name)) entries.set(name, entry);
      }
    }
    return { lists, ...restOf(translated) };
  }

  /** Undefined when other names are there than before. */
  #mended(translated: readonly Translated[]): Merged | undefined {
    const last = this.#last;
    if (last === undefined || last.translated.length !== translated.length) return undefined;
    const lists: Partial<Record<PieceList, Map<string, MergedEntry>>> = {};
    const { certificates, auto, acme, settings } = last.merged;
    let mended = true;
    for (const [index, after] of translated.entries()) {
      const before = last.translated[index] as Translated;
      if (before.piece === after.piece && before.resource === after.resource) continue;
      const [old, now] = [this.#of(before), this.#of(after)];
      if (old.length !== now.length) return undefined;
      for (const [at, { list, name, entry }] of now.entries()) {
        const was = old[at] as Contribution;
        if (was.list !== list || was.name !== name) return undefined;
        const entries = lists[list] ?? last.merged.lists[list];
        if (entries.get(name) !== was.entry) continue;
        const own = (lists[list] ??= new Map(last.merged.lists[list]));
        own.set(name, entry);
      }
      if (hasRest(before) || hasRest(after)) mended = false;
    }
    const rest = mended ? { certificates, auto, acme, settings } : restOf(translated);
    return { lists: { ...last.merged.lists, ...lists }, ...rest };
  }

  #of({ resource: from, piece }: Translated): readonly Contribution[] {
    let made = this.#contributions.get(piece);
    if (made === undefined) {
      made = PIECE_LISTS.flatMap((list) =>
        (piece[list] ?? []).map((written) => ({ list, name: entryName(list, written), entry: { written, from } })),
      );
      this.#contributions.set(piece, made);
    }
    return made;
  }
}

function hasRest({ piece: { certificates, auto, acme, settings } }: Translated): boolean {
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
export function merge(translated: readonly Translated[]): Merged {
  return new Merger().merge(translated);
}
