import { z } from "zod";
import { flag, plainText, scalar, text } from "#src/core/settings/scalars.ts";
import { list, makes, word } from "#src/core/settings/shapes.ts";
import type { Strategy } from "./key-values.ts";

/** What is done. */
export const OPERATIONS = ["remove", "rename", "replace", "add", "append", "map", "dedupe"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What is changed, and where a value may be taken from. */
export const PLACES = ["headers", "querys", "body"] as const;
export type Place = (typeof PLACES)[number];

export type ValueType = "object" | "boolean" | "number" | "string";

/** One change; which fields it needs is the operation's. */
export interface Param {
  readonly key?: string;
  readonly oldKey?: string;
  readonly newKey?: string;
  readonly newValue?: string;
  readonly value?: string;
  readonly appendValue?: string;
  readonly fromKey?: string;
  readonly toKey?: string;
  readonly strategy: Strategy;
  readonly value_type: ValueType;
  readonly host_pattern?: string;
  readonly path_pattern?: string;
}

/** Changes of one kind. */
export interface Rule extends Readonly<Record<Place, readonly Param[]>> {
  readonly operate: Operation;
  readonly mapSource?: Place;
}

/** The configuration of transformer. */
export interface TransformerOptions {
  readonly reroute: boolean;
  readonly reqRules?: readonly Rule[];
  readonly respRules?: readonly Rule[];
}

/** A value as it is written, mappings and lists as their JSON. */
const written = (description: string): z.ZodType<string> =>
  scalar((value) => (typeof value === "string" ? value : JSON.stringify(value)), {
    description,
    anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }, { type: "object" }, { type: "array" }],
  });

/** In any case of letters, as Higress takes them. */
const folded = <T>(schema: z.ZodType<T>, fold: (text: string) => string): z.ZodType<T> =>
  z.preprocess((value) => (typeof value === "string" ? fold(value) : value), schema);

const lower = (value: string): string => value.toLowerCase();

const param = makes<Param>()(
  z.strictObject({
    key: plainText("What is changed by remove, replace, add, append and dedupe.").exactOptional(),
    oldKey: plainText("rename: the name that is there.").exactOptional(),
    newKey: plainText("rename: the name it gets.").exactOptional(),
    newValue: written("replace: the value it gets.").exactOptional(),
    value: written("add: the value it gets.").exactOptional(),
    appendValue: written("append: the further value.").exactOptional(),
    fromKey: plainText("map: where the value is; in JSON bodies a GJSON path.").exactOptional(),
    toKey: plainText("map: where it is put.").exactOptional(),
    strategy: folded(word(["RETAIN_FIRST", "RETAIN_LAST", "RETAIN_UNIQUE"], "dedupe: which values stay."), (value) =>
      value.toUpperCase(),
    ).default("RETAIN_FIRST"),
    value_type: folded(
      word(["object", "boolean", "number", "string"], "What the value is in a JSON body; object is any JSON."),
      lower,
    ).default("string"),
    host_pattern: text(
      "replace, add, append: an expression (RE2) for the request's host. The value is a template then: $1 is its first group.",
    ).exactOptional(),
    path_pattern: text("The same for the path with its query, if there is no host_pattern.").exactOptional(),
  }),
);

const rule = makes<Rule>()(
  z.strictObject({
    operate: folded(word(OPERATIONS, "What is done."), lower),
    mapSource: word(PLACES, "map: where the value is taken from; left out: where it is put.").exactOptional(),
    headers: list(param, "Changes of headers.").default([]),
    querys: list(param, "Changes of the query's parameters; for requests.").default([]),
    body: list(param, "Changes of the body: JSON; in requests forms too.").default([]),
  }),
);

/** The schema of the configuration. */
export const transformerOptions: z.ZodType<TransformerOptions> = makes<TransformerOptions>()(
  z.strictObject({
    reroute: flag("Whether the route is looked up again when the request's headers or query have changed.").default(
      true,
    ),
    reqRules: list(rule, "Changes of requests, in this order.").exactOptional(),
    respRules: list(rule, "Changes of answers, in this order.").exactOptional(),
  }),
);
