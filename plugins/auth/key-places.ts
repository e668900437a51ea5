import type { CallRequest } from "#src/core/plugin.ts";
import { SecretIndex } from "./secret-index.ts";

/** Where keys are shown. */
export interface KeySources {
  readonly keys?: readonly string[];
  readonly in_header?: boolean;
  readonly in_query?: boolean;
}

/** Somebody who shows one of some keys, perhaps elsewhere than the others do. */
export interface KeyHolder extends KeySources {
  readonly name: string;
  readonly credentials: readonly string[];
}

/** What a request shows at a place. */
interface Shown {
  readonly key: string;
  /** Who may show keys there. */
  readonly index: SecretIndex;
}

/** The places where keys may be, each with those who may show them there. */
export class KeyPlaces {
  readonly #headers: ReadonlyMap<string, SecretIndex>;
  readonly #params: ReadonlyMap<string, SecretIndex>;

  private constructor(headers: ReadonlyMap<string, SecretIndex>, params: ReadonlyMap<string, SecretIndex>) {
    this.#headers = headers;
    this.#params = params;
  }

  /** A holder's own sources stand in the place of the common ones. Throws an Error when two show the same key at one place. */
  static async of(holders: readonly KeyHolder[], common: KeySources): Promise<KeyPlaces> {
    const headers = new Map<string, [string, string][]>();
    const params = new Map<string, [string, string][]>();
    for (const holder of holders) {
      const { keys = [], in_header: header, in_query: query } = holder.keys === undefined ? common : holder;
      const pairs = holder.credentials.map((credential): [string, string] => [credential, holder.name]);
      const bared = pairs.map(([credential, name]): [string, string] => [bare(credential), name]);
      for (const key of keys) {
        if (header === true) add(headers, key.toLowerCase(), bared);
        if (query === true) add(params, key, pairs);
      }
    }
    return new KeyPlaces(await indexed(headers), await indexed(params));
  }

  /** The different keys that a request shows. */
  shownBy({ headers, search }: Pick<CallRequest, "headers" | "search">): readonly Shown[] {
    const shown = new Map<string, Shown>();
    const note = (key: string, index: SecretIndex): void => {
      if (key !== "" && !shown.has(key)) shown.set(key, { key, index });
    };
    for (const [name, index] of this.#headers) note(bare(headers.get(name) ?? ""), index);
    if (search !== "" && this.#params.size > 0) {
      const params = new URLSearchParams(search);
      for (const [name, index] of this.#params) for (const key of params.getAll(name)) note(key, index);
    }
    return [...shown.values()];
  }
}

function add<T>(lists: Map<string, T[]>, key: string, items: readonly T[]): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [...items]);
  else list.push(...items);
}

async function indexed(
  secrets: ReadonlyMap<string, readonly [string, string][]>,
): Promise<ReadonlyMap<string, SecretIndex>> {
  return new Map(
    await Promise.all([...secrets].map(async ([key, list]) => [key, await SecretIndex.of(list)] as const)),
  );
}

/** A key without the word that clients of OpenAI's put before it. */
function bare(value: string): string {
  return value.replace(/^Bearer\s+/i, "").trim();
}
