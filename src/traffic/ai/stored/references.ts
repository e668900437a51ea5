/** Items that a request's input names by their id alone, as clients do that know that they are kept. */
import { Fault } from "../../../core/fault.ts";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { StoredAnswers } from "./stored-answers.ts";

/** What the ids of items have of the id of the answer they belong to, when the gateway made both. */
const OF_ANSWER = /_([0-9a-f]{32})_\d+$/;

/** Where named items may be found. */
export interface References {
  readonly answers: StoredAnswers | undefined;
  readonly consumer: string | undefined;
  /** The items before the request's own. */
  readonly earlier: readonly JsonObject[];
  /** Nobody else can know an item that is not found here. */
  readonly alone: boolean;
}

/** The input with the items in the place of their names; the same list when it names none that is kept here. */
export async function withReferences(input: Json | undefined, where: References): Promise<Json | undefined> {
  if (!Array.isArray(input) || !input.some((item) => referenceIn(item) !== undefined)) return input;
  const found = await Promise.all(input.map((item) => resolved(item, where)));
  return found.some((item, index) => item !== input[index]) ? found : input;
}

async function resolved(item: Json, where: References): Promise<Json> {
  const id = referenceIn(item);
  if (id === undefined) return item;
  const found = where.earlier.find((one) => one["id"] === id) ?? (await keptItem(id, where));
  if (found !== undefined) return found;
  if (where.alone) throw new Fault("object_not_found", `Item with id '${id}' not found.`, { param: "input" });
  return item;
}

/** A reference may leave its type out. */
function referenceIn(item: Json): string | undefined {
  if (!isObject(item) || typeof item["id"] !== "string") return undefined;
  const { type, id } = item;
  const bare = (type === undefined || type === null) && item["role"] === undefined;
  return type === "item_reference" || bare ? id : undefined;
}

async function keptItem(id: string, { answers, consumer }: References): Promise<JsonObject | undefined> {
  const [, base] = OF_ANSWER.exec(id) ?? [];
  const answer = base === undefined ? undefined : await answers?.get(consumer, `resp_${base}`).catch(() => undefined);
  const output = answer?.response["output"];
  return Array.isArray(output) ? output.filter(isObject).find((item) => item["id"] === id) : undefined;
}
