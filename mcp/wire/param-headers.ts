import type { HeaderView } from "#src/core/header-list.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError } from "#src/core/mcp/messages.ts";
import { decodeHeaderValue } from "./header-value.ts";

/** A tool's parameter that is mirrored in a header (2026-07-28, `x-mcp-header`). */
export interface ParamHeader {
  /** In lower case: `mcp-param-region`. */
  readonly header: string;
  /** Property names from the arguments down. */
  readonly path: readonly string[];
}

/** No schema means something this deep. */
const MAX_DEPTH = 32;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<Json | undefined> = new Set(["string", "integer", "boolean"]);

/** The mirrored parameters of an input schema, or what is wrong with them: a tool with a wrong one is not to be shown. */
export function paramHeadersOf(inputSchema: JsonObject): readonly ParamHeader[] | { readonly problem: string } {
  const found: ParamHeader[] = [];
  const problem = collect(inputSchema, [], found);
  if (problem !== undefined) return { problem };
  const names = new Set(found.map(({ header }) => header));
  return names.size === found.length ? found : { problem: "two parameters have the same x-mcp-header" };
}

function collect(schema: Json | undefined, path: readonly string[], found: ParamHeader[]): string | undefined {
  if (!isObject(schema) || path.length > MAX_DEPTH) return undefined;
  const name = schema["x-mcp-header"];
  if (name !== undefined) {
    if (typeof name !== "string" || !TOKEN.test(name))
      return `the x-mcp-header of '${path.join(".")}' is no header name`;
    if (!TYPES.has(schema["type"]))
      return `'${path.join(".")}' has an x-mcp-header, but is no string, integer or boolean`;
    found.push({ header: `mcp-param-${name.toLowerCase()}`, path });
  }
  const { properties } = schema;
  if (!isObject(properties)) return undefined;
  for (const [key, value] of Object.entries(properties)) {
    const problem = collect(value, [...path, key], found);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The argument that a header mirrors, as text; undefined when there is none to mirror. */
export function mirroredText(args: JsonObject, path: readonly string[]): string | undefined {
  let value: Json | undefined = args;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}

/** Compares the headers that a client sent with the arguments they mirror. Throws an McpError when they differ. */
export function checkParamHeaders(mirrored: readonly ParamHeader[], args: JsonObject, headers: HeaderView): void {
  for (const { header, path } of mirrored) {
    const sent = headers.get(header);
    const expected = mirroredText(args, path);
    if (!same(sent === null ? undefined : decodeHeaderValue(sent), expected, sent !== null))
      throw new McpError(
        ERROR_CODES.headerMismatch,
        `The header ${header} does not say what '${path.join(".")}' says.`,
      );
  }
}

/** Numbers are compared as numbers: `42.0` is `42`. */
function same(sent: string | undefined, expected: string | undefined, present: boolean): boolean {
  if (!present || sent === undefined || expected === undefined) return !present && expected === undefined;
  return (
    sent === expected || (/^-?[\d.]+$/.test(sent) && /^-?\d+$/.test(expected) && Number(sent) === Number(expected))
  );
}
