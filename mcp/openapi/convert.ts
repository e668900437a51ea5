import type { RestDocument, RestTool } from "#mcp/rest/format.ts";
import { objectOf, scalarOf, textOf } from "./fields.ts";
import { ToolNames } from "./names.ts";
import { openapi3 } from "./openapi3.ts";
import type { ConvertOptions } from "./options.ts";
import type { Problems } from "./problem.ts";
import { type Dialect, readOperations } from "./read-operations.ts";
import type { Documents } from "./references.ts";
import { SchemaUsage } from "./schema/usage.ts";
import { Security } from "./security.ts";
import { compileSelection } from "./selection.ts";
import { swagger2 } from "./swagger2.ts";
import { ToolWriter } from "./tool.ts";

/**
 * Makes Higress' form of REST tools out of an OpenAPI document, Swagger 2.0 to OpenAPI 3.2. What cannot be carried over is a problem and
 * left out or mended; only a document that is none at all throws an Error.
 */
export function convertDocument(documents: Documents, options: ConvertOptions, problems: Problems): RestDocument {
  const operations = readOperations(documents, dialectOf(documents, problems), problems);
  const selection = compileSelection(options);
  const security = new Security(documents, options.credentials ?? {}, problems);
  const usage = new SchemaUsage(documents);
  const writer = new ToolWriter({
    documents,
    options,
    problems,
    security,
    usage,
    names: new ToolNames(options.prefix ?? ""),
  });
  const tools: RestTool[] = [];
  for (const operation of operations) {
    const tool = selection.selects(operation) ? writer.write(operation) : undefined;
    if (tool !== undefined) tools.push(tool);
  }
  for (const selector of selection.unused()) problems.add("", `'${selector}' selects no operation.`);
  for (const place of writer.unusedTools())
    problems.add("", `'tools' names '${place}', which is no selected operation.`);
  const description = descriptionOf(documents);
  const version = versionOf(documents);
  return {
    server: {
      name: options.serverName,
      ...(version === undefined ? {} : { version }),
      ...(description === undefined ? {} : { description }),
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      ...(options.security === false || security.schemes.length === 0 ? {} : { securitySchemes: security.schemes }),
    },
    tools,
  };
}

function dialectOf(documents: Documents, problems: Problems): Dialect {
  const { openapi, swagger } = documents.value;
  const version = scalarOf(openapi ?? swagger) ?? "";
  if (openapi !== undefined && /^3\.[012]\b/.test(version)) return openapi3(documents, problems);
  if (swagger !== undefined && /^2(?:\.0)?$/.test(version)) return swagger2(documents, problems);
  if (version === "") throw new Error("The document is no OpenAPI: it has neither 'openapi' nor 'swagger'.");
  throw new Error(`OpenAPI ${version.slice(0, 20)} is not known: 2.0, 3.0, 3.1 and 3.2 are.`);
}

/** The API's version, which YAML may have made a number. */
function versionOf({ value }: Documents): string | undefined {
  return scalarOf(objectOf(value["info"])["version"])?.slice(0, 100) || undefined;
}

/** How much of a document's description is told to models. */
const LONGEST = 2000;

function descriptionOf({ value }: Documents): string | undefined {
  const info = objectOf(value["info"]);
  const texts = [textOf(info["title"]), textOf(info["summary"]) ?? textOf(info["description"])];
  const text = texts.filter((one) => one !== undefined).join(": ");
  return text === "" ? undefined : text.slice(0, LONGEST);
}
