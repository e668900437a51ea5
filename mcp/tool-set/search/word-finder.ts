import type MiniSearch from "minisearch";
import type { JsonObject } from "#src/core/json.ts";
import type { Finder } from "./finder.ts";
import { textOf, type ToolText } from "./tool-text.ts";

type Index = MiniSearch<ToolText & { readonly id: number }>;

/** How many indexes are kept. */
const MOST_KEPT = 8;

/** Finds by words (BM25): a name's word counts more than one of its description. */
export class WordFinder implements Finder {
  /** An index costs far more than a search, and most searches are in the same few lists: callers may not all see the same tools. */
  readonly #indexes = new Map<string, Promise<Index>>();

  async find(tools: readonly JsonObject[], query: string, limit: number): Promise<readonly JsonObject[]> {
    const index = await this.#index(tools);
    const hits = index.search(query, { boost: { words: 3, title: 2 }, prefix: (term) => term.length > 3, fuzzy: 0.15 });
    const found = hits.slice(0, limit).map(({ id }) => (typeof id === "number" ? tools[id] : undefined));
    return found.filter((tool) => tool !== undefined);
  }

  #index(tools: readonly JsonObject[]): Promise<Index> {
    const texts = tools.map(textOf);
    const key = JSON.stringify(texts);
    const index = this.#indexes.get(key) ?? made(texts);
    // The one used last is the last to go.
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    const [oldest] = this.#indexes.size > MOST_KEPT ? this.#indexes.keys() : [];
    if (oldest !== undefined) this.#indexes.delete(oldest);
    return index;
  }
}

async function made(texts: readonly ToolText[]): Promise<Index> {
  const { default: Search } = await import("minisearch");
  const index: Index = new Search({ fields: ["words", "title", "description", "args"] });
  index.addAll(texts.map((text, id) => Object.assign({ id }, text)));
  return index;
}
