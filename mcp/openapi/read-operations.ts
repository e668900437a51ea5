import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { listOf, objectOf, textOf, textsOf } from "./fields.ts";
import { type Body, type Operation, type Parameter, type Server } from "./operation.ts";
import type { Answer } from "./operation.ts";
import type { Problems } from "./problem.ts";
import type { Documents, Located } from "./references.ts";

/** The methods a path may have an operation for. `query` is OpenAPI 3.2's; `trace` no client may send. */
const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "query"] as const;

/** An operation as it stands in a document, with its path's own fields. */
export interface RawOperation {
  /** Names it in problems. */
  readonly where: string;
  readonly operation: JsonObject;
  readonly item: JsonObject;
  readonly document: string;
  /** The path's parameters and the operation's, which take the place of those of the same name and place. References are followed. */
  readonly parameters: readonly { readonly value: JsonObject; readonly document: string }[];
}

/** What the versions of OpenAPI write in their own ways. */
export interface Dialect {
  parameters(raw: RawOperation): readonly Parameter[];
  body(raw: RawOperation): Body | undefined;
  answer(raw: RawOperation, response: Located & { readonly value: JsonObject }): Answer;
  servers(raw: RawOperation): readonly Server[];
}

/** Reads all operations of a document, in its order. */
export function readOperations(documents: Documents, dialect: Dialect, problems: Problems): Operation[] {
  const { paths } = documents.value;
  if (!isObject(paths)) {
    problems.add("", "The document has no 'paths'.");
    return [];
  }
  return Object.entries(paths).flatMap(([path, value]) => {
    if (path.startsWith("x-")) return [];
    const item = documents.object({ value, document: documents.root });
    if (item !== undefined && path.startsWith("/")) return operationsOf(path, item, documents, dialect, problems);
    problems.add(
      path,
      item === undefined ? "is no path item, and left out." : "does not begin with '/', and is left out.",
    );
    return [];
  });
}

type Item = { readonly value: JsonObject; readonly document: string };

function operationsOf(
  path: string,
  item: Item,
  documents: Documents,
  dialect: Dialect,
  problems: Problems,
): Operation[] {
  return METHODS.flatMap((name) => {
    const operation = item.value[name];
    if (operation === undefined) return [];
    const method = name.toUpperCase();
    const where = `${method} ${path}`;
    if (!isObject(operation)) {
      problems.add(where, "is no operation, and left out.");
      return [];
    }
    const parameters = parametersOf(operation, item, documents, problems, where);
    const raw = { where, operation, item: item.value, document: item.document, parameters };
    return [operationOf(raw, method, path, documents, dialect)];
  });
}

function operationOf(
  raw: RawOperation,
  method: string,
  path: string,
  documents: Documents,
  dialect: Dialect,
): Operation {
  const { operation } = raw;
  const id = textOf(operation["operationId"]);
  const summary = textOf(operation["summary"]) ?? textOf(raw.item["summary"]);
  const description = textOf(operation["description"]) ?? textOf(raw.item["description"]);
  const body = dialect.body(raw);
  const answer = answerOf(successesOf(raw, documents).map((response) => dialect.answer(raw, response)));
  const security = securityOf(operation["security"] ?? documents.value["security"]);
  return {
    method,
    path,
    ...(id === undefined ? {} : { id }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    tags: textsOf(operation["tags"]),
    deprecated: operation["deprecated"] === true,
    parameters: dialect.parameters(raw),
    ...(body === undefined ? {} : { body }),
    ...(answer === undefined ? {} : { answer }),
    ...(security === undefined ? {} : { security }),
    servers: dialect.servers(raw),
  };
}

function parametersOf(
  operation: JsonObject,
  item: Item,
  documents: Documents,
  problems: Problems,
  where: string,
): readonly Item[] {
  const found = new Map<string, Item>();
  for (const value of [...listOf(item.value["parameters"]), ...listOf(operation["parameters"])]) {
    const parameter = documents.object({ value, document: item.document });
    const name = textOf(parameter?.value["name"]);
    if (parameter === undefined || name === undefined)
      problems.add(where, `A parameter is none, and left out: ${shown(value)}.`);
    else found.set(`${textOf(parameter.value["in"]) ?? ""} ${name}`, parameter);
  }
  return [...found.values()];
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 100);
}

/** The answers that say it went well. */
function successesOf({ operation, document }: RawOperation, documents: Documents): readonly Item[] {
  const responses = objectOf(operation["responses"]);
  const codes = Object.keys(responses).filter((code) => /^2(?:\d\d|XX)$/i.test(code));
  return codes
    .sort((one, other) => one.localeCompare(other))
    .flatMap((code) => documents.object({ value: responses[code] ?? null, document }) ?? []);
}

/** The first answer; its schema is shown only where none of the others would come without what it promises. */
function answerOf(answers: readonly Answer[]): Answer | undefined {
  const [first] = answers;
  if (first === undefined || answers.every(({ schema }) => schema !== undefined)) return first;
  const { schema: _, ...rest } = first;
  return rest;
}

function securityOf(value: Json | undefined): string[][] | undefined {
  return Array.isArray(value) ? value.filter(isObject).map((requirement) => Object.keys(requirement)) : undefined;
}
