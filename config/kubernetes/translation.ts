import { SortedList } from "#src/core/sorted-list.ts";
import { JoinedPieces } from "./joined-pieces.ts";
import { byAge, type KindName, type Resource } from "./resource.ts";
import type { PieceChange, Translated } from "./translated.ts";
import { keyOf, listKeyOf, type ResourceKey, type ResourceSet } from "./resource-set.ts";
import type { Finding, Joiner, Label, Lookup, Piece, Translator, TranslatorOptions } from "./translator.ts";

/** What an object came to, and what was looked up for it. */
interface Memo {
  readonly translated: Translated;
  readonly looked: ReadonlySet<ResourceKey>;
}

/** What a translation works with. */
export interface TranslationParts {
  /** One of a kind: what an object came to is remembered by the object. */
  readonly translators: readonly Translator[];
  readonly joiners: readonly Joiner[];
  readonly options: TranslatorOptions;
}

/** A kind that is translated. */
interface TranslatedKind {
  readonly translator: Translator;
  readonly rank: number;
  readonly joined: readonly JoinedPieces[];
  /** What all objects of the kind come to in the end, the older first. */
  readonly pieces: SortedList<Translated>;
}

/**
 * The pieces of a set of objects, kept up to date: an object is translated anew when it, or something that was looked up for it, has
 * changed; all other pieces stay the same objects, and nothing is done for them.
 */
export class Translation {
  readonly #set: ResourceSet;
  readonly #options: TranslatorOptions;
  readonly #kinds: ReadonlyMap<KindName, TranslatedKind>;
  readonly #memos = new Map<ResourceKey, Memo>();
  /** Who looked a key up. */
  readonly #lookers = new Map<ResourceKey, Set<ResourceKey>>();
  #began = false;

  constructor(set: ResourceSet, { translators, joiners, options }: TranslationParts) {
    const kinds = translators.map(({ kind }) => kind);
    const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
    if (twice !== undefined)
      throw new Error(`There are two translators of ${twice}: one would get the other's pieces.`);
    this.#set = set;
    this.#options = options;
    this.#kinds = new Map(
      translators.map((translator, rank): [KindName, TranslatedKind] => {
        const { kind } = translator;
        const joined = joiners.filter((one) => one.kind === kind).map((joiner) => new JoinedPieces(joiner));
        return [kind, { translator, rank, joined, pieces: new SortedList(byAgeOf) }];
      }),
    );
  }

  /** Brings the pieces up to date. Answers which are others than before. */
  update(): readonly PieceChange[] {
    const dirty = this.#dirty(this.#set.takeChanges());
    const changes = new Map<TranslatedKind, PieceChange[]>();
    for (const key of dirty) {
      const kind = this.#kinds.get(kindIn(key));
      if (kind === undefined) continue;
      const before = this.#forget(key);
      const resource = this.#set.at(key);
      const after = resource === undefined ? undefined : this.#translated(key, kind, resource);
      if (before === undefined && after === undefined) continue;
      const own = changes.get(kind);
      if (own === undefined) changes.set(kind, [{ before, after }]);
      else own.push({ before, after });
    }
    return [...changes].flatMap(([kind, own]) => settled(kind, own));
  }

  /** All pieces as they are now: by kind in the order of the translators, the older objects first. */
  get pieces(): readonly Translated[] {
    return [...this.#kinds.values()].flatMap(({ pieces }) => pieces.items);
  }

  #dirty(changes: ReadonlySet<ResourceKey>): ReadonlySet<ResourceKey> {
    if (!this.#began) {
      // The set may have been filled, and asked, before.
      this.#began = true;
      const kinds = [...this.#kinds.keys()];
      return new Set(kinds.flatMap((kind) => this.#set.list(kind).map((resource) => resourceKeyOf(kind, resource))));
    }
    const dirty = new Set<ResourceKey>();
    for (const key of changes) {
      dirty.add(key);
      for (const looker of this.#lookers.get(key) ?? []) dirty.add(looker);
    }
    return dirty;
  }

  #forget(key: ResourceKey): Translated | undefined {
    const memo = this.#memos.get(key);
    if (memo === undefined) return undefined;
    this.#memos.delete(key);
    for (const looked of memo.looked) {
      const lookers = this.#lookers.get(looked);
      lookers?.delete(key);
      if (lookers?.size === 0) this.#lookers.delete(looked);
    }
    return memo.translated;
  }

  #translated(key: ResourceKey, { translator, rank }: TranslatedKind, resource: Resource): Translated {
    const looked = new Set<ResourceKey>();
    const piece = safely(() => translator.translate(resource, tracked(this.#set, looked), this.#options));
    const translated: Translated = { resource, piece, rank };
    this.#memos.set(key, { translated, looked });
    for (const one of looked) {
      const lookers = this.#lookers.get(one);
      if (lookers === undefined) this.#lookers.set(one, new Set([key]));
      else lookers.add(key);
    }
    return translated;
  }
}

/** What changes of a kind come to once they are joined, and put in their places. */
function settled({ joined, pieces }: TranslatedKind, changes: readonly PieceChange[]): readonly PieceChange[] {
  const last = joined.reduce((some, joining) => joining.update(some), changes);
  for (const { before } of last) if (before !== undefined) pieces.remove(before);
  for (const { after } of last) if (after !== undefined) pieces.add(after);
  return last;
}

/** Objects of one kind, so that no two are of the same age and name. */
function byAgeOf(a: Translated, b: Translated): number {
  return byAge(a.resource, b.resource);
}

function kindIn(key: ResourceKey): KindName {
  return key.slice(0, key.indexOf(" ")) as KindName;
}

function resourceKeyOf(kind: KindName, { metadata: { namespace, name } }: Resource): ResourceKey {
  return keyOf(kind, namespace, name);
}

/** A look-up that notes what it is asked. */
function tracked(set: ResourceSet, looked: Set<ResourceKey>): Lookup {
  return {
    get(kind, namespace, name) {
      looked.add(keyOf(kind, namespace, name));
      return set.get(kind, namespace, name);
    },
    list(kind: KindName, namespace?: string, label?: Label) {
      looked.add(listKeyOf(kind, namespace, label));
      return set.list(kind, namespace, label);
    },
  };
}

/** A translator that throws has an error of its own: that costs its object, and no other. */
function safely(translate: () => Piece): Piece {
  try {
    return translate();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const finding: Finding = { field: "", severity: "error", message: `could not be translated: ${why}` };
    return { findings: [finding] };
  }
}
