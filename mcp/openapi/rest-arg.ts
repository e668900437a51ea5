import { isObject, type JsonObject } from "#src/core/json.ts";
import type { ArgPosition, ArgWire, RestArg } from "#mcp/rest/format.ts";

/** What an argument is made of. */
export interface ArgParts {
  readonly name: string;
  readonly position: ArgPosition;
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly schema: JsonObject;
  readonly wire?: ArgWire | undefined;
}

const TYPES = ["string", "number", "integer", "boolean", "array", "object"] as const;

/** The keywords that Higress' own fields of an argument can say. */
const SAID: ReadonlySet<string> = new Set(["type", "enum", "items", "properties"]);

/** An argument in Higress' fields as far as they go, with its whole schema where they do not. */
export function restArg({ name, position, required, description, schema, wire }: ArgParts): RestArg {
  const { description: inner, ...rest } = schema;
  const told = description ?? (typeof inner === "string" ? inner : undefined);
  const type = TYPES.find((one) => one === rest["type"]);
  const said = type !== undefined && Object.keys(rest).every((key) => SAID.has(key));
  const { enum: values, items, properties } = rest;
  return {
    name,
    ...(told === undefined ? {} : { description: told }),
    ...(type === undefined ? {} : { type }),
    ...(required ? { required: true } : {}),
    ...(Array.isArray(values) ? { enum: values } : {}),
    ...(said && isObject(items) ? { items } : {}),
    ...(said && isObject(properties) ? { properties } : {}),
    position,
    ...(said ? {} : { schema: rest }),
    ...(wire === undefined || Object.keys(wire).length === 0 ? {} : { wire }),
  };
}
