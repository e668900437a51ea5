import { type Edit, edited, valueAt } from "#src/core/gjson/edit.ts";
import { getPath } from "#src/core/gjson/get.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import type { Asked, Change } from "./compile.ts";
import {
  addValue,
  appendValue,
  dedupe,
  type KeyValues,
  removeKey,
  renameKey,
  replaceValue,
  retained,
} from "./key-values.ts";
import type { Operation, Place } from "./settings.ts";

/** What values are mapped from: names with values, or JSON. What is missing has nothing to give. */
export type Sources = { readonly [P in Place]?: KeyValues | JsonNode | undefined };

/** Makes the changes one after the other. */
export function changeValues(values: KeyValues, changes: readonly Change[], asked: Asked, sources: Sources): void {
  for (const change of changes) KEY_VALUE_CHANGES[change.operate](values, change, asked, sources);
}

type KeyValueChange = (values: KeyValues, change: Change, asked: Asked, sources: Sources) => void;

const KEY_VALUE_CHANGES: Readonly<Record<Operation, KeyValueChange>> = {
  remove: (values, { key }) => removeKey(values, key),
  rename: (values, { from, key }) => renameKey(values, from, key),
  replace: (values, { key, text }, asked) => replaceValue(values, key, text(asked)),
  add: (values, { key, text }, asked) => addValue(values, key, text(asked)),
  append: (values, { key, text }, asked) => appendValue(values, key, text(asked)),
  map(values, { key, source }, _, sources) {
    const from = sources[source.place];
    const found = from instanceof JsonNode ? textsOf(getPath(from, source.path)) : from?.get(source.key);
    if (found !== undefined) values.set(key, found);
  },
  dedupe(values, { key, strategy, source }) {
    if (source.place === "headers") splitList(values, key);
    dedupe(values, key, strategy);
  },
};

/** Several lines of a header are the same as one with commas, and runtimes make one of them. Cookies are told apart as they are. */
function splitList(values: KeyValues, key: string): void {
  const lines = values.get(key);
  if (lines === undefined || key === "set-cookie") return;
  values.set(
    key,
    lines.flatMap((line) => line.split(",").map((item) => item.trim())),
  );
}

/** What is empty is not mapped, as in Higress. */
function textsOf(node: JsonNode | undefined): readonly string[] | undefined {
  return node === undefined || node.text === "" || node.kind === "null" ? undefined : [node.text];
}

/** The JSON with the changes made one after the other. Throws an EditError where one cannot be made. */
export function changeJson(body: JsonNode, changes: readonly Change[], asked: Asked, sources: Sources): JsonNode {
  let node = body;
  for (const change of changes) {
    // What a change before has made can be mapped.
    const from = { ...sources, body: node };
    node = JsonNode.of(JSON_CHANGES[change.operate](node, change, asked, from));
  }
  return node;
}

type JsonChange = (node: JsonNode, change: Change, asked: Asked, sources: Sources) => string;

const JSON_CHANGES: Readonly<Record<Operation, JsonChange>> = {
  remove: (node, { path }) => edited(node, path, () => undefined),
  rename(node, { from, key, fromPath, path }) {
    const value = valueAt(node, fromPath);
    if (value === undefined || from === key) return node.raw;
    const put = JsonNode.of(edited(node, path, () => value.raw));
    return edited(put, fromPath, () => undefined);
  },
  replace: (node, { path, json }, asked) => edited(node, path, (old) => (old === undefined ? undefined : json(asked))),
  add: (node, { path, json }, asked) => edited(node, path, (old) => old?.raw ?? json(asked)),
  append: (node, { path, json }, asked) => edited(node, path, appended(json(asked))),
  map(node, { path, source }, _, sources) {
    const from = sources[source.place];
    const found = from instanceof JsonNode ? getPath(from, source.path)?.raw : listOf(from?.get(source.key));
    return found === undefined ? node.raw : edited(node, path, () => found);
  },
  dedupe: (node, { path, strategy }) =>
    edited(node, path, (old) => {
      if (old?.kind !== "array" || old.items.length === 0) return old?.raw;
      const kept = retained(old.items, strategy, (item) => item.text);
      return kept.length === 1 ? kept[0]?.raw : arrayOf(kept.map((item) => item.raw));
    }),
};

function appended(raw: string): Edit {
  return (old) => {
    if (old === undefined) return raw;
    return arrayOf([...(old.kind === "array" ? old.items : [old]).map((item) => item.raw), raw]);
  };
}

/** Headers and parameters may come more than once, so they are lists, as in Higress. */
function listOf(values: readonly string[] | undefined): string | undefined {
  return values === undefined ? undefined : JSON.stringify(values);
}

function arrayOf(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}
