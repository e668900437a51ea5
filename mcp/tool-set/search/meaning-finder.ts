import type { JsonObject } from "#src/core/json.ts";
import type { Log } from "#src/core/log.ts";
import type { Finder } from "./finder.ts";
import { textOf, wholeText } from "./tool-text.ts";

/** Makes vectors of texts. */
export type Embed = (texts: readonly string[]) => Promise<readonly (readonly number[])[]>;

/** How many tools' vectors are kept. */
const MOST_KEPT = 20_000;

/** How many texts one request to the provider may hold. */
const BATCH = 64;

/** Finds by meaning: the tools whose vectors are nearest to the query's. When the provider fails, words have to do. */
export class MeaningFinder implements Finder {
  readonly #embed: Embed;
  readonly #otherwise: Finder;
  readonly #log: Log;
  readonly #vectors = new Map<string, readonly number[]>();

  constructor(embed: Embed, otherwise: Finder, log: Log) {
    this.#embed = embed;
    this.#otherwise = otherwise;
    this.#log = log;
  }

  async find(tools: readonly JsonObject[], query: string, limit: number): Promise<readonly JsonObject[]> {
    try {
      const texts = tools.map((tool) => wholeText(textOf(tool)));
      await this.#learn(texts);
      const [asked = []] = await this.#embed([query]);
      const scored = tools.map((tool, at) => ({
        tool,
        score: cosine(asked, this.#vectors.get(texts[at] ?? "") ?? []),
      }));
      return scored
        .toSorted((a, b) => b.score - a.score)
        .slice(0, limit)
        .map(({ tool }) => tool);
    } catch (error) {
      this.#log.warn("Tools are searched by words: the embeddings cannot be had.", {
        reason: error instanceof Error ? error.message : String(error),
      });
      return this.#otherwise.find(tools, query, limit);
    }
  }

  async #learn(texts: readonly string[]): Promise<void> {
    const unknown = [...new Set(texts)].filter((text) => !this.#vectors.has(text));
    if (this.#vectors.size + unknown.length > MOST_KEPT) this.#vectors.clear();
    for (let at = 0; at < unknown.length; at += BATCH) {
      const batch = unknown.slice(at, at + BATCH);
      const vectors = await this.#embed(batch);
      if (vectors.length !== batch.length)
        throw new Error("The provider made another number of vectors than was asked for.");
      batch.forEach((text, index) => this.#vectors.set(text, vectors[index] ?? []));
    }
  }
}

/** The cosine of the angle between two vectors; 0 when one of them is none. */
function cosine(a: readonly number[], b: readonly number[]): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (const [at, x] of a.entries()) {
    const y = b[at] ?? 0;
    dot += x * y;
    lengthA += x * x;
    lengthB += y * y;
  }
  return lengthA === 0 || lengthB === 0 ? 0 : dot / Math.sqrt(lengthA * lengthB);
}
