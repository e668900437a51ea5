import type { JsonObject } from "#src/core/json.ts";
import type { ParameterStyle } from "#mcp/rest/format.ts";
import { define } from "./schema/all-of.ts";
import { textOf, textsOf } from "./fields.ts";
import { mediaKind, preferredMediaType } from "./media-type.ts";
import type { Body, Parameter, Server } from "./operation.ts";
import { parameterHead } from "./parameter-head.ts";
import type { Problems } from "./problem.ts";
import type { Dialect, RawOperation } from "./read-operations.ts";
import type { Documents } from "./references.ts";

/** How Swagger 2.0 writes operations: bodies are parameters, media types stand apart, and there is one server. */
export function swagger2(documents: Documents, problems: Problems): Dialect {
  const server = serverOf(documents);
  return {
    parameters: ({ parameters, where }) =>
      parameters.flatMap(({ value, document }) => parameterOf(value, document, problems, where)),
    body: (raw) => bodyOf(raw, documents),
    answer: (raw, { value, document }) => {
      const description = textOf(value["description"]);
      const contentType = preferredMediaType(mediaTypes(raw, documents, "produces"));
      const json = mediaKind(contentType ?? "application/json") === "json" && value["schema"] !== undefined;
      return {
        ...(description === undefined ? {} : { description }),
        ...(contentType === undefined ? {} : { contentType }),
        ...(json ? { schema: { value: value["schema"] ?? {}, document } } : {}),
      };
    },
    servers: () => [server],
  };
}

const PLACES: ReadonlySet<string> = new Set<Parameter["in"]>(["query", "path", "header"]);
const OF_THE_BODY: ReadonlySet<unknown> = new Set(["body", "formData"]);

function parameterOf(value: JsonObject, document: string, problems: Problems, where: string): Parameter[] {
  if (OF_THE_BODY.has(value["in"])) return [];
  const head = parameterHead(value, PLACES, problems, where);
  if (head === undefined) return [];
  return [
    {
      ...head,
      deprecated: value["x-deprecated"] === true,
      schema: { value: schemaOf(value), document },
      ...styleOf(value["collectionFormat"], head.in),
      allowReserved: false,
    },
  ];
}

/** A parameter of Swagger 2.0 is a schema of its own, but for these. */
function schemaOf(parameter: JsonObject): JsonObject {
  const { name: _, in: __, required: ___, description: ____, collectionFormat: _____, ...schema } = parameter;
  return schema;
}

function styleOf(format: unknown, place: Parameter["in"]): { style: ParameterStyle; explode: boolean } {
  if (place !== "query") return { style: "simple", explode: false };
  if (format === "multi") return { style: "form", explode: true };
  if (format === "ssv" || format === "tsv") return { style: "spaceDelimited", explode: false };
  return { style: format === "pipes" ? "pipeDelimited" : "form", explode: false };
}

function mediaTypes(
  { operation }: RawOperation,
  documents: Documents,
  field: "consumes" | "produces",
): readonly string[] {
  return textsOf(operation[field] ?? documents.value[field]);
}

function bodyOf(raw: RawOperation, documents: Documents): Body | undefined {
  const body = raw.parameters.find(({ value }) => value["in"] === "body");
  const consumed = mediaTypes(raw, documents, "consumes");
  if (body === undefined) return formOf(raw, consumed);
  const { value, document } = body;
  const description = textOf(value["description"]);
  return {
    contentType: preferredMediaType(consumed.filter((type) => !/form/.test(type))) ?? "application/json",
    ...(description === undefined ? {} : { description }),
    required: value["required"] === true,
    schema: { value: value["schema"] ?? {}, document },
    encoding: {},
  };
}

/** The fields of a form, as one schema. */
function formOf({ parameters, document }: RawOperation, consumed: readonly string[]): Body | undefined {
  const fields = parameters.filter(({ value }) => value["in"] === "formData");
  if (fields.length === 0) return undefined;
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const { value } of fields) {
    const name = textOf(value["name"]) ?? "";
    const description = textOf(value["description"]);
    define(properties, name, { ...schemaOf(value), ...(description === undefined ? {} : { description }) });
    if (value["required"] === true) required.push(name);
  }
  const files = fields.some(({ value }) => value["type"] === "file");
  const multipart =
    files || (consumed.includes("multipart/form-data") && !consumed.includes("application/x-www-form-urlencoded"));
  return {
    contentType: multipart ? "multipart/form-data" : "application/x-www-form-urlencoded",
    required: required.length > 0,
    schema: { value: { type: "object", properties, required }, document },
    encoding: Object.fromEntries(fields.flatMap(({ value }) => encodingOf(value))),
  };
}

/** What Swagger's `collectionFormat` says of a form's field, in OpenAPI 3's words. */
function encodingOf(parameter: JsonObject): [string, JsonObject][] {
  if (parameter["type"] !== "array") return [];
  const { style, explode } = styleOf(parameter["collectionFormat"], "query");
  return [[textOf(parameter["name"]) ?? "", { style, explode }]];
}

/** https where there is a choice; what is left out is that of the document's own URL. */
function serverOf(documents: Documents): Server {
  const { host, basePath } = documents.value;
  const schemes = textsOf(documents.value["schemes"]);
  const path = textOf(basePath) ?? "/";
  const name = textOf(host);
  const here = documents.root.startsWith("http") ? new URL(documents.root).protocol.slice(0, -1) : "https";
  const scheme = schemes.includes("https") ? "https" : (schemes.find((one) => one === "http") ?? here);
  const root = name === undefined ? "" : `${scheme}://${name}`;
  return { url: `${root}${path.startsWith("/") ? path : `/${path}`}`, variables: {} };
}
