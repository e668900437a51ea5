import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { ParameterStyle } from "#mcp/rest/format.ts";
import { listOf, objectOf, scalarOf, textOf, textsOf } from "./fields.ts";
import { mediaKind, preferredMediaType } from "./media-type.ts";
import type { Answer, Body, Parameter, Server, ServerVariable } from "./operation.ts";
import { parameterHead } from "./parameter-head.ts";
import type { Problems } from "./problem.ts";
import type { Dialect, RawOperation } from "./read-operations.ts";
import type { Documents, Located } from "./references.ts";

type At = { readonly value: JsonObject; readonly document: string };

/** How OpenAPI 3.0 and 3.1 write operations; their schemas are told apart where they are written. */
export function openapi3(documents: Documents, problems: Problems): Dialect {
  return {
    parameters: ({ parameters, where }) => parameters.flatMap((one) => parameterOf(one, documents, problems, where)),
    body: (raw) => bodyOf(raw, documents),
    answer: (_, response) => answerOf(response, documents),
    servers: ({ operation, item }) =>
      [operation, item, documents.value].map(({ servers }) => serversOf(servers)).find((found) => found.length > 0) ??
      [],
  };
}

const PLACES: ReadonlySet<string> = new Set<Parameter["in"]>(["query", "path", "header", "cookie"]);

const STYLES: Readonly<Record<Parameter["in"], readonly [ParameterStyle, ...ParameterStyle[]]>> = {
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  path: ["simple", "label", "matrix"],
  header: ["simple"],
  cookie: ["form"],
};

function parameterOf({ value, document }: At, documents: Documents, problems: Problems, where: string): Parameter[] {
  const head = parameterHead(value, PLACES, problems, where);
  if (head === undefined) return [];
  const content = Object.entries(objectOf(value["content"]))[0];
  const styles = STYLES[head.in];
  const style = styles.find((known) => known === value["style"]) ?? styles[0];
  return [
    {
      ...head,
      deprecated: value["deprecated"] === true,
      schema:
        content === undefined ? { value: value["schema"] ?? {}, document } : schemaOf(content[1], document, documents),
      style,
      explode: typeof value["explode"] === "boolean" ? value["explode"] : style === "form" || style === "deepObject",
      allowReserved: value["allowReserved"] === true,
      ...(content === undefined ? {} : { contentType: content[0] }),
    },
  ];
}

/** The schema of a media type object. */
function schemaOf(mediaType: Json, document: string, documents: Documents): Located {
  const found = documents.object({ value: mediaType, document });
  return { value: found?.value["schema"] ?? {}, document: found?.document ?? document };
}

function bodyOf({ operation, document }: RawOperation, documents: Documents): Body | undefined {
  const body = operation["requestBody"];
  const found = body === undefined ? undefined : documents.object({ value: body, document });
  if (found === undefined) return undefined;
  const content = objectOf(found.value["content"]);
  const contentType = preferredMediaType(Object.keys(content));
  if (contentType === undefined) return undefined;
  const mediaType = content[contentType] ?? {};
  const description = textOf(found.value["description"]);
  const { required } = found.value;
  return {
    contentType,
    ...(description === undefined ? {} : { description }),
    ...(typeof required === "boolean" ? { required } : {}),
    schema: schemaOf(mediaType, found.document, documents),
    encoding: isObject(mediaType) ? objectOf(mediaType["encoding"]) : {},
  };
}

function answerOf({ value, document }: At, documents: Documents): Answer {
  const content = objectOf(value["content"]);
  const description = textOf(value["description"]);
  const contentType = preferredMediaType(Object.keys(content));
  const json = contentType !== undefined && mediaKind(contentType) === "json" ? content[contentType] : undefined;
  const schema = json === undefined ? undefined : schemaOf(json, document, documents);
  return {
    ...(description === undefined ? {} : { description }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(schema === undefined ? {} : { schema }),
  };
}

function serversOf(value: Json | undefined): Server[] {
  return listOf(value).flatMap((server) => {
    const url = isObject(server) ? textOf(server["url"]) : undefined;
    if (url === undefined || !isObject(server)) return [];
    const variables = Object.entries(objectOf(server["variables"])).flatMap(([name, variable]) =>
      isObject(variable) ? [[name, variableOf(variable)] as const] : [],
    );
    return [{ url, variables: Object.fromEntries(variables) }];
  });
}

function variableOf(variable: JsonObject): ServerVariable {
  const values = textsOf(variable["enum"]);
  return { default: scalarOf(variable["default"]) ?? "", ...(values.length === 0 ? {} : { enum: values }) };
}
