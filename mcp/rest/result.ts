import type { Json, JsonObject } from "#src/core/json.ts";
import { isObject } from "#src/core/json.ts";
import type { ToolResult } from "#src/core/mcp/tool.ts";
import { errorResult, textResult } from "../hosted/results.ts";
import { answerText, cutText } from "./answer-text.ts";
import type { ApiAnswer } from "./exchange.ts";
import type { RestTool } from "./format.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import type { TemplateContext } from "./template/run.ts";
import { compileTemplate, type Template } from "./template/template.ts";
import { TemplateError } from "./template/value.ts";

/** Makes a tool's result of an API's answer. */
export type ResultPlan = (answer: ApiAnswer, context: TemplateContext) => ToolResult;

/** Works out once what all results of a tool have in common. Throws an Error for templates that cannot be used. */
export function resultPlan(tool: RestTool): ResultPlan {
  const { responseTemplate = {}, outputSchema } = tool;
  const { body, prependBody = "", appendBody = "", maxBytes = Number.POSITIVE_INFINITY } = responseTemplate;
  if (body !== undefined && body !== "" && prependBody + appendBody !== "") {
    throw new Error("responseTemplate: body cannot stand beside prependBody and appendBody");
  }
  const template = body === undefined || body === "" ? undefined : compiled(body, "responseTemplate.body");
  const onError = errorPlan(tool);
  const structured = outputSchema !== undefined && Object.keys(outputSchema).length > 0;
  return (answer, context) => {
    if (answer.status < 200 || answer.status > 299) return onError(answer, context);
    const media = mediaOf(answer);
    if (media !== undefined) return media;
    const text = answerText(answer);
    if (text === undefined) return blobResult(tool.name, answer);
    // There is nothing for a template to look at in an answer to a DELETE, say.
    const fills = template !== undefined && text.trim() !== "";
    const said = fills ? filled(template, text, context) : prependBody + text + appendBody;
    const result = textResult(said === "" ? "success" : cutText(said, maxBytes));
    return structured ? withStructure(result, text) : result;
  };
}

function compiled(source: string, field: string): Template {
  try {
    return compileTemplate(source);
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : "is no template"}`, { cause: error });
  }
}

function filled(template: Template, text: string, context: TemplateContext): string {
  const data = JsonNode.parse(text);
  if (data === undefined) throw new TemplateError(`the answer is not JSON: ${cutText(text, 2000)}`);
  return template.render(data, context);
}

function mediaTypeOf({ headers }: ApiAnswer): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** Pictures and sounds are shown as such. */
function mediaOf(answer: ApiAnswer): ToolResult | undefined {
  const mimeType = mediaTypeOf(answer);
  const [, type] = /^(image|audio)\/(?!svg)/.exec(mimeType) ?? [];
  if (type === undefined) return undefined;
  return { content: [{ type, data: answer.body.toBase64(), mimeType }] };
}

/** Anything else that is no text: a file the client may keep. */
function blobResult(tool: string, answer: ApiAnswer): ToolResult {
  const mimeType = mediaTypeOf(answer) || "application/octet-stream";
  const resource = { uri: `tool:${encodeURIComponent(tool)}/answer`, mimeType, blob: answer.body.toBase64() };
  return { content: [{ type: "resource", resource }] };
}

/** Clients take a result without structure for a fault where a schema promises one. */
function withStructure(result: ToolResult, text: string): ToolResult {
  if (text.trim() === "") return { ...result, structuredContent: {} };
  const value = jsonOf(text);
  if (value === undefined) return { ...result, isError: true };
  return { ...result, structuredContent: isObject(value) ? value : { data: value } };
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The output schema as it is shown: what is no object stands in `data`. */
export function shownOutputSchema(schema: JsonObject): JsonObject {
  const { type, properties } = schema;
  if (type === "object" || (type === undefined && isObject(properties))) return { ...schema, type: "object" };
  const { $defs, ...data } = schema;
  // `#/$defs/…` is read from the root.
  return { type: "object", properties: { data }, required: ["data"], ...($defs !== undefined && { $defs }) };
}

/** An error's answer is shown so far. */
const SHOWN_OF_ERRORS = 4000;

function errorPlan({ errorResponseTemplate }: RestTool): ResultPlan {
  const template =
    errorResponseTemplate === undefined || errorResponseTemplate === ""
      ? undefined
      : compiled(errorResponseTemplate, "errorResponseTemplate");
  return (answer, context) => {
    const text = answerText(answer) ?? "";
    const told = template?.render(errorData(answer, text), context) ?? "";
    if (told !== "") return errorResult(told);
    const shown = cutText(text.trim(), SHOWN_OF_ERRORS);
    return errorResult(`call failed, status: ${answer.status}${shown === "" ? "" : `, response: ${shown}`}`);
  };
}

/** What the API answered, with `_headers` beside it, the status among them as `:status`. */
function errorData(answer: ApiAnswer, text: string): JsonNode {
  const headers: Record<string, JsonNode> = { ":status": JsonNode.string(String(answer.status)) };
  answer.headers.forEach((value, name) => (headers[name] = JsonNode.string(value)));
  const body = JsonNode.parse(text);
  const members: Record<string, JsonNode> = {};
  for (const { key, value } of body?.members ?? []) members[key] ??= value;
  return JsonNode.object({ ...members, _headers: JsonNode.object(headers) });
}
