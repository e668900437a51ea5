import type { JsonObject } from "#src/core/json.ts";
import { PNG } from "./media.ts";

/** What `resources/list` shows. */
export const RESOURCES: readonly (JsonObject & { readonly uri: string; readonly name: string })[] = [
  { uri: "test://static-text", name: "static text", description: "A text that stays.", mimeType: "text/plain" },
  { uri: "test://static-binary", name: "static binary", description: "A picture that stays.", mimeType: "image/png" },
  { uri: "test://watched-resource", name: "watched", description: "Tells of changes.", mimeType: "text/plain" },
];

export const TEMPLATES: readonly (JsonObject & { readonly uriTemplate: string; readonly name: string })[] = [
  {
    uriTemplate: "test://template/{id}/data",
    name: "template",
    description: "Data by id.",
    mimeType: "application/json",
  },
];

/** A text or, in base64, bytes. */
type Contents = { readonly mimeType: string } & ({ readonly text: string } | { readonly blob: string });

const CONTENTS: Readonly<Record<string, Contents>> = {
  "test://static-text": { mimeType: "text/plain", text: "This is the content of the static text resource." },
  "test://static-binary": { mimeType: "image/png", blob: PNG },
  "test://watched-resource": { mimeType: "text/plain", text: "Somebody watches this." },
};

/** The contents of a resource; undefined when there is none of that address. */
export function contentsOf(uri: string): ({ readonly uri: string } & Contents) | undefined {
  const contents = CONTENTS[uri];
  if (contents !== undefined) return { uri, ...contents };
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) return undefined;
  const data = { id, templateTest: true, data: `Data for ID: ${id}` };
  return { uri, mimeType: "application/json", text: JSON.stringify(data) };
}

const WORDS = ["paris", "park", "party", "rome"];

/** Suggestions for an argument that begins so. */
export function completion(value: string): { values: string[]; total: number; hasMore: boolean } {
  const values = WORDS.filter((word) => word.startsWith(value));
  return { values, total: values.length, hasMore: false };
}
