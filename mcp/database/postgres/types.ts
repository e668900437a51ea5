import type { Json } from "#src/core/json.ts";
import { bytesValue, floatValue, integerValue, jsonValue } from "../values.ts";

/** A kind of value, by the numbers of its types in PostgreSQL's catalog. */
interface ValueType {
  readonly to: number;
  readonly from: number[];
  readonly serialize: (value: unknown) => unknown;
  readonly parse: (text: string) => Json;
}

const as = (from: number[], parse: (text: string) => Json): ValueType => ({
  to: from[0] ?? 0,
  from,
  serialize: String,
  parse,
});

/** How values are read; all others stay as the database writes them: numeric, dates, times, ranges. Arrays become lists. */
export const TYPES: Record<string, ValueType> = {
  boolean: as([16], (text) => text === "t"),
  bytes: as([17], (text) => bytesValue(Buffer.from(text.slice(2), "hex"))),
  integer: as([20, 21, 23, 26], integerValue),
  float: as([700, 701], (text) => floatValue(Number(text))),
  json: as([114, 3802], jsonValue),
  date: as([1082, 1083, 1114, 1184], (text) => text),
};
