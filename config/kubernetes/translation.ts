import type { KindName, Resource } from "./resource.ts";
import { keyOf, listKeyOf, type ResourceKey, type ResourceSet } from "./resource-set.ts";
import type { Finding, Joiner, Label, Lookup, Piece, Translator, TranslatorOptions } from "./translator.ts";

/** An object and what it comes to. */
export interface Translated {
  readonly resource: Resource;
  readonly piece: Piece;
}

/** What an object came to, and what was looked up for it. */
interface Memo extends Translated {
  readonly looked: ReadonlySet<ResourceKey>;
}

/** What a translation works with. */
export interface TranslationParts {
  /** One of a kind: what an object came to is remembered by the object. */
  readonly translators: readonly Translator[];
  readonly joiners: readonly Joiner[];
  readonly options: TranslatorOptions;
}

/**
 * The pieces of a set of objects, kept up to date: an object is translated anew when it, or something that was looked up for it, has
 * changed; all other pieces stay the same objects.
 */
export class Translation {
  readonly #set: ResourceSet;
  readonly #parts: TranslationParts;
  readonly #memos = new Map<ResourceKey, Memo>();
  /** The same memos, where no key has to be made to find one. */
  readonly #byResource = new WeakMap<Resource, Memo>();
  /** Who looked a key up. */
  readonly #lookers = new Map<ResourceKey, Set<ResourceKey>>();

  constructor(set: ResourceSet, parts: TranslationParts) {
    const kinds = parts.translators.map(({ kind }) => kind);
    const twice = kinds.find((kind, index) => kinds.indexOf(kind) !== index);
    if (twice !== undefined)
      throw new Error(`There are two translators of ${twice}: one would get the other's pieces.`);
    this.#set = set;
    this.#parts = parts;
  }

  /** All pieces as they are now: by kind in the order of the translators, the older objects first. */
  update(): readonly Translated[] {
    const dirty = this.#dirty(this.#set.takeChanges());
    for (const key of dirty) this.#forget(key);
    return this.#parts.translators.flatMap((translator) => this.#ofKind(translator));
  }

  #dirty(changes: ReadonlySet<ResourceKey>): ReadonlySet<ResourceKey> {
    const dirty = new Set<ResourceKey>();
    for (const key of changes) {
      dirty.add(key);
      for (const looker of this.#lookers.get(key) ?? []) dirty.add(looker);
    }
    return dirty;
  }

  #forget(key: ResourceKey): void {
    const memo = this.#memos.get(key);
    if (memo === undefined) return;
    this.#memos.delete(key);
    this.#byResource.delete(memo.resource);
    for (const looked of memo.looked) {
      const lookers = this.#lookers.get(looked);
      lookers?.delete(key);
      if (lookers?.size === 0) this.#lookers.delete(looked);
    }
  }

  #ofKind(translator: Translator): readonly Translated[] {
    const translated = this.#set.list(translator.kind).map((resource) => this.#translated(translator, resource));
    const joiners = this.#parts.joiners.filter(({ kind }) => kind === translator.kind);
    return joiners.reduce<readonly Translated[]>(joined, translated);
  }

  #translated(translator: Translator, resource: Resource): Translated {
    const same = this.#byResource.get(resource);
    if (same !== undefined) return same;
    const key = keyOf(translator.kind, resource.metadata.namespace, resource.metadata.name);
    const known = this.#memos.get(key);
    if (known !== undefined) return known;
    const looked = new Set<ResourceKey>();
    const piece = safely(() => translator.translate(resource, tracked(this.#set, looked), this.#parts.options));
    const memo: Memo = { resource, piece, looked };
    this.#memos.set(key, memo);
    this.#byResource.set(resource, memo);
    for (const one of looked) {
      const lookers = this.#lookers.get(one);
      if (lookers === undefined) this.#lookers.set(one, new Set([key]));
      else lookers.add(key);
    }
    return memo;
  }
}

function joined(translated: readonly Translated[], joiner: Joiner): readonly Translated[] {
  const changed = joiner.join(new Map(translated.map(({ resource, piece }) => [resource, piece])));
  if (changed.size === 0) return translated;
  return translated.map((one) => {
    const piece = changed.get(one.resource);
    return piece === undefined ? one : { resource: one.resource, piece };
  });
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
