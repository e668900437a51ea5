import type { Translated } from "./translation.ts";
import { type Finding, type PieceCertificate, PIECE_LISTS, type PieceList, type Written } from "./translator.ts";
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

const LISTS: ReadonlySet<string> = new Set(PIECE_LISTS);

function isList(key: string): key is PieceList {
  return LISTS.has(key);
}

/** Brings pieces together; of entries with the same name the first counts. */
export function merge(translated: readonly Translated[]): Merged {
  const lists = Object.fromEntries(PIECE_LISTS.map((list) => [list, new Map<string, MergedEntry>()])) as Record<
    PieceList,
    Map<string, MergedEntry>
  >;
  const certificates: Merged["certificates"][number][] = [];
  const settings = new Map<string, { readonly value: unknown; readonly from: Resource }>();
  for (const { resource: from, piece } of translated) {
    for (const key in piece) {
      if (!isList(key)) continue;
      const entries = lists[key];
      for (const written of piece[key] ?? []) {
        const name = entryName(key, written);
        if (!entries.has(name)) entries.set(name, { written, from });
      }
    }
    for (const certificate of piece.certificates ?? []) certificates.push({ certificate, from });
    for (const [key, value] of Object.entries(piece.settings ?? {})) {
      if (!settings.has(key)) settings.set(key, { value, from });
    }
  }
  return { lists, certificates, settings };
}
