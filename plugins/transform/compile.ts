import { editPath, type EditPath } from "#src/core/gjson/edit.ts";
import { Path } from "#src/core/gjson/path.ts";
import { compileLinear } from "#src/core/linear-regex.ts";
import { headerName } from "#src/core/settings/scalars.ts";
import type { Strategy } from "./key-values.ts";
import type { Operation, Param, Place, Rule, ValueType } from "./settings.ts";

/** What patterns are compared with. */
export interface Asked {
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

/** A change, ready to be made. */
export interface Change {
  readonly operate: Operation;
  /** What is changed, or mapped to; of headers in lower case. */
  readonly key: string;
  readonly path: EditPath;
  /** rename: what it is called now. */
  readonly from: string;
  readonly fromPath: EditPath;
  /** map: where the value is. */
  readonly source: { readonly place: Place; readonly key: string; readonly path: Path };
  readonly strategy: Strategy;
  /** The value for this request, as text and as JSON. */
  readonly text: (asked: Asked) => string;
  readonly json: (asked: Asked) => string;
}

/** All rules' changes, by what they change. */
export type Changes = Readonly<Record<Place, readonly Change[]>>;

type Field = "key" | "oldKey" | "newKey" | "newValue" | "value" | "appendValue" | "fromKey" | "toKey";

/** The fields of each operation: what is changed, what it is made of, the value. */
const FIELDS: Readonly<Record<Operation, { readonly key: Field; readonly from?: Field; readonly value?: Field }>> = {
  remove: { key: "key" },
  rename: { key: "newKey", from: "oldKey" },
  replace: { key: "key", value: "newValue" },
  add: { key: "key", value: "value" },
  append: { key: "key", value: "appendValue" },
  map: { key: "toKey", from: "fromKey" },
  dedupe: { key: "key" },
};

/** Takes rules apart. Rejects with an Error that says what is missing or cannot be. */
export async function compileChanges(rules: readonly Rule[]): Promise<Changes> {
  const of = async (place: Place): Promise<readonly Change[]> => {
    const changes = rules.map((rule) => Promise.all(rule[place].map((param) => compileChange(rule, place, param))));
    return (await Promise.all(changes)).flat();
  };
  const [headers, querys, body] = await Promise.all([of("headers"), of("querys"), of("body")]);
  return { headers, querys, body };
}

async function compileChange({ operate, mapSource }: Rule, place: Place, param: Param): Promise<Change> {
  const fields = FIELDS[operate];
  const key = named(needed(param, fields.key, operate), place);
  const from = fields.from === undefined ? "" : needed(param, fields.from, operate);
  const source = operate === "map" ? (mapSource ?? place) : place;
  const value = fields.value === undefined ? "" : needed(param, fields.value, operate);
  const text = await compileValue(value, param);
  const raw = param.value_type === "string" ? undefined : rawValue(value, param.value_type);
  const fromKey = named(from, source);
  return {
    operate,
    key,
    path: editPath(key),
    from: fromKey,
    fromPath: editPath(fromKey),
    source: { place: source, key: fromKey, path: Path.of(fromKey) },
    strategy: param.strategy,
    text,
    json: raw === undefined ? (asked) => JSON.stringify(text(asked)) : () => raw,
  };
}

function needed(param: Param, field: Field, operate: Operation): string {
  const value = param[field];
  if (value === undefined) throw new Error(`${operate} needs ${field}.`);
  if (value === "" && field.toLowerCase().endsWith("key")) throw new Error(`${field} of ${operate} must not be empty.`);
  return value;
}

/** Names of headers in lower case; `host` is HTTP/2's `:authority`, as in Envoy. */
function named(key: string, place: Place): string {
  if (place !== "headers" || key === "") return key;
  const lower = key.toLowerCase();
  if (lower.startsWith(":")) return lower;
  if (!headerName("").safeParse(lower).success) throw new Error(`${JSON.stringify(key)} is no header's name.`);
  return lower === "host" ? ":authority" : lower;
}

/** As text: with a pattern that matches, the host or path with each match replaced by the value; otherwise the value. */
async function compileValue(value: string, param: Param): Promise<(asked: Asked) => string> {
  const source = param.host_pattern ?? param.path_pattern;
  if (source === undefined) return () => value;
  const pattern = await compileLinear(source);
  const of: keyof Asked = param.host_pattern === undefined ? "path" : "host";
  return (asked) => (pattern.test(asked[of]) ? pattern.replace(asked[of], value) : value);
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  "1": true,
  t: true,
  true: true,
  "0": false,
  f: false,
  false: false,
};

/** The value as JSON of its type. Throws an Error when it is none. */
function rawValue(value: string, type: ValueType): string {
  const raw = READERS[type](value);
  if (raw === undefined) throw new Error(`${JSON.stringify(value)} is no ${type}.`);
  return raw;
}

const READERS: Readonly<Record<ValueType, (value: string) => string | undefined>> = {
  object: (value) => (isJson(value) ? value.trim() : undefined),
  boolean: (value) => {
    const known = BOOLEANS[value.toLowerCase()];
    return known === undefined ? undefined : String(known);
  },
  number: (value) => {
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return value;
    const number = value.trim() === "" ? Number.NaN : Number(value);
    return Number.isFinite(number) ? String(number) : undefined;
  },
  string: (value) => JSON.stringify(value),
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
