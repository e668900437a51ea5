import type MiniSearch from "minisearch";
import type { JsonObject } from "#src/core/json.ts";
import type { Finder } from "./finder.ts";
import { textOf, type ToolText } from "./tool-text.ts";

type Index = MiniSearch<ToolText & { readonly id: number }>;

/** Finds by words (BM25): a name's word counts more than one of its description. */
export class WordFinder implements Finder {
  /** An index costs far more than a search, and most searches are in the same tools. */
  #last: { readonly key: string; readonly index: Promise<Index> } | undefined;

  async find(tools: readonly JsonObject[], query: string, limit: number): Promise<readonly JsonObject[]> {
    const index = await this.#index(tools);
    const hits = index.search(query, { boost: { words: 3, title: 2 }, prefix: (term) => term.length > 3, fuzzy: 0.15 });
    const found = hits.slice(0, limit).map(({ id }) => (typeof id === "number" ? tools[id] : undefined));
    return found.filter((tool) => tool !== undefined);
  }

  #index(tools: readonly JsonObject[]): Promise<Index> {
    const texts = tools.map(textOf);
    const key = JSON.stringify(texts);
    if (this.#last?.key !== key) this.#last = { key, index: made(texts) };
    return this.#last.index;
  }
}

async function made(texts: readonly ToolText[]): Promise<Index> {
  const { default: Search } = await import("minisearch");
  const index: Index = new Search({ fields: ["words", "title", "description", "args"] });
  index.addAll(texts.map((text, id) => Object.assign({ id }, text)));
  return index;
}
