import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import { type ReferenceScope, resolveReferences } from "./references.ts";
import { formatPath, isSecretPath, type Path, type Problem } from "./report.ts";
import { isMerge, keyOf, mergedMaps, type Source } from "./source.ts";

/** The plain values of a source, references filled in. */
export interface Values {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Paths whose values came from references, as {@link formatPath} writes them. */
  readonly referenced: ReadonlySet<string>;
  /** Every text that must not be shown. */
  readonly secrets: ReadonlySet<string>;
}

/** The most values that aliases and merges may repeat: more is an anchor bomb. */
const MAX_REPEATED = 1_000_000;

const MAX_DEPTH = 100;

/** Turns nodes into plain values. Never throws. */
export function readValues(source: Source, scope: ReferenceScope): Values {
  const reader = new ValueReader(source, scope);
  const value = source.root === undefined ? undefined : reader.read(source.root, []);
  return { value, problems: reader.problems, referenced: reader.referenced, secrets: reader.secrets };
}

class ValueReader {
  readonly problems: Problem[] = [];
  readonly referenced = new Set<string>();
  readonly secrets = new Set<string>();
  readonly #source: Source;
  readonly #scope: ReferenceScope;
  /** Aliases being followed now, so that one inside its own value is found. */
  readonly #following = new Set<Node>();
  #repeated = 0;

  constructor(source: Source, scope: ReferenceScope) {
    this.#source = source;
    this.#scope = scope;
  }

  read(node: unknown, path: Path): unknown {
    if (this.#exceeds(path)) return undefined;
    if (isAlias(node)) return this.#alias(node, path);
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return this.#list(node, path);
    return isScalar(node) ? this.#scalar(node.value, path) : null;
  }

  /** Keeps the whole walk bounded, however aliases and merges are combined. */
  #exceeds(path: Path): boolean {
    if (path.length > MAX_DEPTH || this.#following.size > MAX_DEPTH) {
      this.#complain(path, "is nested too deeply");
      return true;
    }
    if (this.#following.size === 0 || ++this.#repeated <= MAX_REPEATED) return false;
    if (this.#repeated === MAX_REPEATED + 1) this.#complain(path, "aliases repeat more than a million values");
    return true;
  }

  #complain(path: Path, message: string, extra: Partial<Problem> = {}): void {
    this.problems.push({ path, message, ...extra });
  }

  #alias(alias: Alias, path: Path): unknown {
    const target = this.#source.targetOf(alias);
    if (target === undefined) {
      this.#complain(path, "this alias has no anchor before it", { hint: "put a value that begins with * in quotes" });
      return undefined;
    }
    if (this.#following.has(target)) {
      this.#complain(path, "an alias stands inside its own value");
      return undefined;
    }
    this.#following.add(target);
    const value = this.read(target, path);
    this.#following.delete(target);
    return value;
  }

  #list(list: YAMLSeq, path: Path): unknown[] {
    return list.items.map((item, index) => this.read(item, [...path, index]));
  }

  #map(map: YAMLMap, path: Path): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const pair of map.items) {
      if (isMerge(pair)) continue;
      const key = keyOf(pair);
      if (key === undefined || key === "__proto__") this.#complain(path, "a key must be a plain word");
      else if (Object.hasOwn(result, key))
        this.#complain([...path, key], "stands here twice", { hint: "remove one", atKey: true });
      else result[key] = this.read(pair.value, [...path, key]);
    }
    for (const pair of map.items.filter(isMerge)) this.#merge(result, pair, path);
    return result;
  }

  /** Adds the keys of merged mappings that are not there yet: own ones win, then the mapping named first. */
  #merge(result: Record<string, unknown>, pair: Pair, path: Path): void {
    const maps = mergedMaps(pair.value, this.#source.targetOf);
    if (maps.length === 0) this.#complain(path, "<< must name a mapping, as in <<: *defaults");
    for (const map of maps) {
      if (this.#following.has(map)) {
        this.#complain(path, "an alias stands inside its own value");
        continue;
      }
      if (this.#exceeds(path)) return;
      this.#following.add(map);
      const merged = this.#map(map, path);
      this.#following.delete(map);
      for (const [key, value] of Object.entries(merged)) if (!Object.hasOwn(result, key)) result[key] = value;
    }
  }

  #scalar(value: unknown, path: Path): unknown {
    if (typeof value !== "string") return value;
    const resolution = resolveReferences(value, this.#scope);
    if ("problem" in resolution) {
      this.#complain(path, resolution.problem, resolution.hint === undefined ? {} : { hint: resolution.hint });
      return undefined;
    }
    if (resolution.referenced) {
      this.referenced.add(formatPath(path));
      this.secrets.add(resolution.text);
    } else if (isSecretPath(path)) this.secrets.add(value);
    return resolution.text;
  }
}
