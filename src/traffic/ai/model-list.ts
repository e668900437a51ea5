import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** A model as any vendor's list tells it. */
export interface ModelInfo {
  readonly id: string;
  readonly displayName?: string;
  /** Unix time in seconds. */
  readonly created?: number;
  readonly ownedBy: string;
  /** The most tokens of a conversation. */
  readonly contextWindow?: number;
  /** What Google's list says of it beside its name. */
  readonly google?: JsonObject;
}

/** Reads a vendor's `GET /models` answer, OpenAI's shape, Anthropic's, Google's or Cohere's; entries without an id are left out. */
export function readModels(body: unknown, ownedBy: string): ModelInfo[] {
  const named = isObject(body) ? body["models"] : undefined;
  if (Array.isArray(named)) return named.flatMap((entry) => (isObject(entry) ? readNamed(entry, ownedBy) : []));
  const data = isObject(body) ? body["data"] : body;
  if (!Array.isArray(data)) return [];
  return data.flatMap((entry) =>
    isObject(entry) && typeof entry["id"] === "string" ? [readModel(entry, entry["id"], ownedBy)] : [],
  );
}

function readModel(entry: JsonObject, id: string, ownedBy: string): ModelInfo {
  const { display_name: displayName, owned_by: owner } = entry;
  const created = createdOf(entry);
  return {
    id,
    ownedBy: typeof owner === "string" ? owner : ownedBy,
    ...(typeof displayName === "string" ? { displayName } : {}),
    ...(created === undefined ? {} : { created }),
  };
}

/** Google and Cohere both have names in a list of `models`; what Cohere says beside them is of no use to Google's clients. */
function readNamed({ name, ...google }: JsonObject, ownedBy: string): ModelInfo[] {
  if (typeof name !== "string") return [];
  if (Array.isArray(google["endpoints"])) return [{ id: name, ownedBy }];
  const { displayName } = google;
  const id = name.replace(/^models\//, "");
  return [{ id, ownedBy, google, ...(typeof displayName === "string" ? { displayName } : {}) }];
}

function createdOf({ created, created_at: at }: JsonObject): number | undefined {
  if (typeof created === "number") return created;
  const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** One model as OpenAI shows it. */
export function openaiModel({ id, created, ownedBy, contextWindow }: ModelInfo): JsonObject {
  return {
    id,
    object: "model",
    created: created ?? 0,
    owned_by: ownedBy,
    // Not OpenAI's own; those of its imitators who tell it (Groq) call it so.
    ...(contextWindow === undefined ? {} : { context_window: contextWindow }),
  };
}

/** One model as Anthropic shows it. */
export function anthropicModel({ id, created, displayName, contextWindow }: ModelInfo): JsonObject {
  return {
    type: "model",
    id,
    display_name: displayName ?? id,
    created_at: new Date((created ?? 0) * 1000).toISOString().replace(".000Z", "Z"),
    ...(contextWindow === undefined ? {} : { max_input_tokens: contextWindow }),
  };
}

/** What a model of another vendor can be asked for here by Google's clients. */
const METHODS = ["generateContent", "countTokens"];

/** One model as Google shows it. */
export function googleModel({ id, displayName, contextWindow, google }: ModelInfo): JsonObject {
  return {
    name: `models/${id}`,
    displayName: displayName ?? id,
    supportedGenerationMethods: METHODS,
    ...google,
    ...(contextWindow === undefined ? {} : { inputTokenLimit: contextWindow }),
  };
}

/** A page of the list as Google shows it; `pageSize` is 1 to 1000, 50 when left out. A token is the last model's name. */
export function googleList(models: readonly ModelInfo[], query: URLSearchParams): JsonObject {
  const size = Math.min(1000, Math.max(1, Number(query.get("pageSize")) || 50));
  const token = query.get("pageToken");
  const begin = models.findIndex(({ id }) => id === token) + 1;
  const page = models.slice(begin, begin + size);
  const last = page.at(-1);
  const more = begin + size < models.length && last !== undefined;
  return { models: page.map(googleModel), ...(more ? { nextPageToken: last.id } : {}) };
}

/** The list as OpenAI shows it. */
export function openaiList(models: readonly ModelInfo[]): JsonObject {
  return { object: "list", data: models.map(openaiModel) };
}

/** A page of the list as Anthropic shows it; `limit` is 1 to 1000, 20 when left out. */
export function anthropicList(models: readonly ModelInfo[], query: URLSearchParams): JsonObject {
  const limit = Math.min(1000, Math.max(1, Number(query.get("limit")) || 20));
  const indexOf = (id: string | null): number => models.findIndex((model) => model.id === id);
  const before = indexOf(query.get("before_id"));
  const begin = before >= 0 ? Math.max(0, before - limit) : indexOf(query.get("after_id")) + 1;
  const end = before >= 0 ? before : begin + limit;
  const page = models.slice(begin, end);
  const edge = (model: ModelInfo | undefined): Json => model?.id ?? null;
  return {
    data: page.map(anthropicModel),
    has_more: before >= 0 ? begin > 0 : end < models.length,
    first_id: edge(page[0]),
    last_id: edge(page.at(-1)),
  };
}
