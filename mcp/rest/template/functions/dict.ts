import { type Dict, isDict, plain, TemplateError, type Value } from "../value.ts";
import { asDict, asText, asTexts, fixed, type Functions, open } from "./signature.ts";
import { both } from "./list.ts";

/** Sprig's functions of maps. `set`, `unset` and `merge` change a map that the template made; of the document's they make a changed copy. */
export const dicts: Functions = {
  dict: open(0, (args) => {
    const dict: Dict = new Map();
    for (let at = 0; at < args.length; at += 2) dict.set(asText(args[at]), at + 1 < args.length ? args[at + 1] : "");
    return dict;
  }),
  get: fixed(2, (dict, key) => {
    const map = asDict(dict, "get");
    return map.has(asText(key)) ? map.get(asText(key)) : "";
  }),
  set: fixed(3, (dict, key, value) => asDict(dict, "set").set(asText(key), value)),
  unset: fixed(2, (dict, key) => {
    const map = asDict(dict, "unset");
    map.delete(asText(key));
    return map;
  }),
  hasKey: fixed(2, (dict, key) => asDict(dict, "hasKey").has(asText(key))),
  pluck: open(1, ([key, ...dicts]) =>
    dicts.map((dict) => asDict(dict, "pluck")).flatMap((map) => (map.has(asText(key)) ? [map.get(asText(key))] : [])),
  ),
  keys: open(0, (dicts) => dicts.flatMap((dict) => keysOf(dict, "keys"))),
  values: fixed(1, (dict) => keysOf(dict, "values").map((key) => asDict(dict, "values").get(key))),
  pick: open(1, ([dict, ...keys]) => {
    const wanted = new Set(keys.flatMap(asTexts));
    return filtered(asDict(dict, "pick"), (key) => wanted.has(key));
  }),
  omit: open(1, ([dict, ...keys]) => {
    const unwanted = new Set(keys.flatMap(asTexts));
    return filtered(asDict(dict, "omit"), (key) => !unwanted.has(key));
  }),
  ...both(
    "merge",
    open(1, ([first, ...others]) => merged(asDict(first, "merge"), others, false)),
  ),
  ...both(
    "mergeOverwrite",
    open(1, ([first, ...others]) => merged(asDict(first, "mergeOverwrite"), others, true)),
  ),
  dig: open(3, (args) => {
    const keys = args.slice(0, -2).map(asText);
    let at: Value = args.at(-1);
    for (const key of keys) {
      const map = asDict(at, "dig");
      if (!map.has(key)) return args.at(-2);
      at = map.get(key);
    }
    return at;
  }),
  ...both(
    "deepCopy",
    fixed(1, (value) => copied(value, 0)),
  ),
};

/** A map that a template made is gone through in the order of its keys, one of the document as it stands there. */
function keysOf(dict: Value, name: string): readonly string[] {
  const keys = [...asDict(dict, name).keys()];
  return isDict(dict) ? keys.sort() : keys;
}

function filtered(dict: Dict, keep: (key: string) => boolean): Dict {
  return new Map([...dict].filter(([key]) => keep(key)));
}

/** What is in `dict` already stays, unless it is empty or `overwrite`; maps within are merged. */
function merged(dict: Dict, others: readonly Value[], overwrite: boolean, depth = 0): Dict {
  if (depth > 100) throw new TemplateError("merge goes more than 100 deep");
  for (const other of others) {
    for (const [key, value] of asDict(other, "merge")) {
      const [mine, theirs] = [plain(dict.get(key)), plain(value)];
      if (isDict(mine) && isDict(theirs)) dict.set(key, merged(mine, [theirs], overwrite, depth + 1));
      else if (isBlank(mine) || (overwrite && !isBlank(theirs))) dict.set(key, value);
    }
  }
  return dict;
}

function isBlank(value: Value): boolean {
  return value === undefined || value === null || value === "" || value === 0 || value === 0n || value === false;
}

function copied(value: Value, depth: number): Value {
  if (depth > 100) throw new TemplateError("deepCopy goes more than 100 deep");
  if (isDict(value)) return new Map([...value].map(([key, member]) => [key, copied(member, depth + 1)]));
  return Array.isArray(value) ? value.map((item) => copied(item, depth + 1)) : value;
}
