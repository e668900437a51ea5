import { convertDocument } from "#mcp/openapi/convert.ts";
import { loadDocuments } from "#mcp/openapi/load.ts";
import type { ConvertOptions } from "#mcp/openapi/options.ts";
import { parseDocument } from "#mcp/openapi/parse.ts";
import { Problems, problemText } from "#mcp/openapi/problem.ts";
import type { RestArg, RestDocument, RestTool } from "#mcp/rest/format.ts";
import type { JsonObject } from "#src/core/json.ts";

/** What a document became. */
export interface Converted {
  readonly document: RestDocument;
  /** By name. */
  readonly tools: Readonly<Record<string, RestTool>>;
  readonly problems: readonly string[];
}

/** Converts a document; `files` are what it may refer to. */
export async function converted(
  document: JsonObject | string,
  options: Partial<ConvertOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Converted> {
  const problems = new Problems();
  const origin = { document: typeof document === "string" ? parseDocument(document) : document, file: "openapi.yaml" };
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`there is no ${path}`);
    return text;
  };
  const documents = await loadDocuments(origin, { readFile }, problems);
  const made = convertDocument(documents, { serverName: "test", ...options }, problems);
  const tools = Object.fromEntries((made.tools ?? []).map((tool) => [tool.name, tool]));
  return { document: made, tools, problems: problems.list().map(problemText) };
}

/** A tool's arguments by name. */
export function argsOf(tool: RestTool | undefined): Readonly<Record<string, RestArg>> {
  return Object.fromEntries((tool?.args ?? []).map((arg) => [arg.name, arg]));
}

/** A document of one operation, `POST /thing`, in OpenAPI 3.0 unless it says otherwise. */
export function documentOf(operation: JsonObject, rest: JsonObject = {}): JsonObject {
  return {
    openapi: "3.0.3",
    info: { title: "Things", version: "1" },
    servers: [{ url: "https://api.example.com" }],
    paths: { "/thing": { post: { operationId: "thing", responses: {}, ...operation } } },
    ...rest,
  };
}

/** The input schema of a tool, as the REST kind makes it. */
export function inputSchemaOf({ args = [], schemas }: RestTool): JsonObject {
  const properties: JsonObject = {};
  for (const { name, schema, type, description, items, properties: inner, enum: values } of args) {
    properties[name] = {
      ...(type === undefined ? {} : { type }),
      ...(values === undefined ? {} : { enum: [...values] }),
      ...(items === undefined ? {} : { items }),
      ...(inner === undefined ? {} : { properties: inner }),
      ...schema,
      ...(description === undefined ? {} : { description }),
    };
  }
  const required = args.filter((arg) => arg.required === true).map(({ name }) => name);
  return { type: "object", properties, required, ...(schemas === undefined ? {} : { $defs: schemas }) };
}
