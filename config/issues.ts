import type { z } from "zod";
import { HIGRESS_PROVIDER_TYPES, higressField } from "./higress-fields.ts";
import { kindOf } from "#src/core/settings/scalars.ts";
import type { Path, Problem } from "./report.ts";
import { nearest } from "./suggest.ts";

/** Checks a value against a schema and says what is wrong in words of our own, which never quote the value. */
export function checkValue<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly data: T } | { readonly problems: readonly Problem[] } {
  const known: KnownKeys = new WeakMap();
  const result = schema.safeParse(value, {
    error: (issue) => {
      if (issue.code === "unrecognized_keys") known.set(issue.keys, shapeKeys(issue.inst));
      return undefined;
    },
  });
  if (result.success) return { data: result.data };
  return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, [], value, known)) };
}

/** The keys a mapping may have, found by the list of those it may not: only the error callback sees the schema. */
type KnownKeys = WeakMap<object, readonly string[]>;

type Issue = z.core.$ZodIssue;

function shapeKeys(schema: unknown): readonly string[] {
  const shape = typeof schema === "object" && schema !== null && "shape" in schema ? schema.shape : undefined;
  return typeof shape === "object" && shape !== null ? Object.keys(shape) : [];
}

function problemsOf(issue: Issue, parent: Path, root: unknown, known: KnownKeys): Problem[] {
  const path: Path = [
    ...parent,
    ...issue.path.map((segment) => (typeof segment === "number" ? segment : String(segment))),
  ];
  const value = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, known.get(issue.keys) ?? []));
    case "invalid_union":
      return issue.discriminator === undefined
        ? branch(issue, path, value, root, known)
        : [unknownType(path, value, optionsOf(issue))];
    case "invalid_value":
      return [notOneOf(path, value, issue.values)];
    case "invalid_type":
      return [wrongKind(path, value, issue.expected)];
    case "too_small":
      return [{ path, message: issue.origin === "number" ? `must be at least ${issue.minimum}` : "must not be empty" }];
    case "too_big":
      return [{ path, message: `must be at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}` }];
    case "custom":
      return [{ path, message: issue.message, ...extras(issue.params) }];
    default:
      return [{ path, message: plain(issue.message) }];
  }
}

/** Messages of checks in a provider's own `fields` are the provider's; those of the library are cut short, they may quote values. */
function plain(message: string): string {
  return message.startsWith("Invalid") ? "is not valid" : message;
}

function extras(params: Readonly<Record<string, unknown>> | undefined): Partial<Problem> {
  const { hint, atKey } = params ?? {};
  return { ...(typeof hint === "string" ? { hint } : {}), ...(atKey === true ? { atKey } : {}) };
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[segment];
  }
  return value;
}

function unknownKey(parent: Path, key: string, known: readonly string[]): Problem {
  const path = [...parent, key];
  const higress = higressField(key, parent[0] === "providers" && parent.length === 2);
  if (higress !== undefined) {
    const [message, hint] = higress;
    return { path, message, atKey: true, ...(hint === "" ? {} : { hint }) };
  }
  return { path, message: "unknown key", atKey: true, ...suggestion(key, known) };
}

function suggestion(written: unknown, known: readonly string[]): { readonly hint?: string } {
  const near = typeof written === "string" ? nearest(written, known) : undefined;
  if (near !== undefined) return { hint: `did you mean ${near}?` };
  return known.length === 0 ? {} : { hint: `known: ${known.join(", ")}` };
}

function optionsOf(issue: z.core.$ZodIssueInvalidUnion): readonly unknown[] {
  return "options" in issue ? (issue.options ?? []) : [];
}

function unknownType(path: Path, value: unknown, options: readonly unknown[]): Problem {
  const known = options.map(String);
  if (value === undefined) return { path, message: "is required", hint: `one of ${known.join(", ")}` };
  if (typeof value === "string" && HIGRESS_PROVIDER_TYPES.has(value)) {
    return {
      path,
      message: "known Higress provider type, not supported by this version",
      hint: `known: ${known.join(", ")}`,
    };
  }
  return { path, message: "unknown provider type", ...suggestion(value, known) };
}

function notOneOf(path: Path, value: unknown, values: readonly unknown[]): Problem {
  if (value === undefined) return { path, message: "is required", hint: `one of ${values.map(String).join(", ")}` };
  const near = typeof value === "string" ? nearest(value, values.map(String)) : undefined;
  const message =
    values.length === 1 ? `must be ${String(values[0])}` : `must be one of ${values.map(String).join(", ")}`;
  return { path, message, ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) };
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function wrongKind(path: Path, value: unknown, expected: string): Problem {
  const wanted = KINDS[expected] ?? expected;
  if (value === undefined) return { path, message: "is required", hint: `it is ${wanted}` };
  if (value === null) return { path, message: "has no value", hint: "give it one, or remove the key" };
  const message =
    path.length === 0 ? `the file must be ${wanted}, not ${kindOf(value)}` : `must be ${wanted}, not ${kindOf(value)}`;
  if (expected === "array") return { path, message, hint: "a list is [a, b], or one line beginning with - for each" };
  return {
    path,
    message,
    ...(expected === "string" && kindOf(value) !== "a mapping" ? { hint: "put it in quotes" } : {}),
  };
}

/** Of a union's branches, the one for values of this kind: a mapping's is written last. */
function branch(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  value: unknown,
  root: unknown,
  known: KnownKeys,
): Problem[] {
  const isMapping = kindOf(value) === "a mapping";
  const chosen = isMapping ? issue.errors.at(-1) : issue.errors[0];
  if (!isMapping && chosen?.[0]?.code === "invalid_value") {
    return [{ path, message: `must be ${chosen[0].values.map(String).join(" or ")}, or a mapping` }];
  }
  return (chosen ?? []).flatMap((inner) => problemsOf(inner, path, root, known));
}
