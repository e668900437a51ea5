import { HeaderList } from "#src/core/header-list.ts";
import type { JsonObject } from "#src/core/json.ts";
import { ArgumentError } from "./argument-error.ts";
import type { RequestBody } from "./body-content.ts";
import { type BodyWriter, formWriter, jsonWriter, positionedWriter } from "./body.ts";
import { withParameter } from "./credentials.ts";
import type { ArgPosition, RequestTemplate, RestArg, RestTool } from "./format.ts";
import { intoJson, intoUrl } from "./insert.ts";
import { cookiesOf, headerText, pairsOf, pathText, plainText } from "./parameters.ts";
import type { JsonNode } from "#src/core/gjson/node.ts";
import type { TemplateContext } from "./template/run.ts";
import { compileTemplate, type Template } from "./template/template.ts";

/** A request ready to be sent but for its credentials. */
export interface PlannedRequest {
  readonly method: string;
  url: string;
  readonly headers: HeaderList;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Makes requests of arguments; `data` is what templates see. Throws an ArgumentError or a TemplateError. */
export type RequestPlan = (args: JsonObject, data: JsonNode, context: TemplateContext) => PlannedRequest;

const METHOD = /^[A-Z]+$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** The transport writes these. */
const OWN_HEADERS = new Set(["host", "content-length", "transfer-encoding", "connection"]);

/** Works out once what every call of a tool has in common. Throws an Error for a template that makes no request. */
export function requestPlan(tool: RestTool, baseUrl?: string): RequestPlan {
  const template = tool.requestTemplate ?? {};
  const { args = [] } = tool;
  const method = methodOf(template);
  const source = fullUrl(template.url ?? "", baseUrl);
  const url = compiled(() => compileTemplate(source, { insert: intoUrl }), "requestTemplate.url");
  const headers = headersOf(template);
  const writeBody = bodyWriterOf(template, args);
  const at = (position: ArgPosition | undefined): readonly RestArg[] => args.filter((arg) => arg.position === position);
  const [inPath, inHeaders, inCookies] = [at("path"), at("header"), at("cookie")];
  const inQuery = [...at("query"), ...(template.argsToUrlParam === true ? at(undefined) : [])];
  return (given, data, context) => {
    const planned: { url: string; headers: HeaderList } = {
      url: url.render(data, context).trim(),
      headers: new HeaderList(),
    };
    planned.url = withQuery(withPath(planned.url, inPath, given), inQuery, given);
    for (const [name, value] of headers) setHeader(planned.headers, name, value.render(data, context).trim());
    writeHeaders(planned.headers, inHeaders, given);
    writeCookies(planned.headers, inCookies, given);
    const body = writeBody?.(given, planned.headers.get("content-type"), data, context);
    if (body?.contentType !== undefined) setContentType(planned.headers, body.contentType);
    // Servers refuse an empty body that is said to be JSON, or to have parts.
    if (body === undefined && writeBody !== undefined) planned.headers.delete("content-type");
    if (!planned.headers.has("accept")) planned.headers.append("accept", "*/*");
    return { method, ...planned, url: absolute(planned.url), body: body?.bytes };
  };
}

/** The same with one of several bases, each in its turn. */
export function spreadPlan(tool: RestTool, bases?: string | readonly string[]): RequestPlan {
  if (bases === undefined || typeof bases === "string") return requestPlan(tool, bases);
  const plans = bases.map((base) => requestPlan(tool, base));
  let turn = 0;
  return (...asked) => {
    const plan = plans[turn++ % plans.length] ?? requestPlan(tool);
    return plan(...asked);
  };
}

/** A URL's template with the base that a path of it stands behind. Throws an Error where there is none. */
export function fullUrl(url: string, baseUrl: string | undefined): string {
  const source = url.trim();
  if (!source.startsWith("/")) return source;
  if (baseUrl === undefined) throw new Error(`requestTemplate.url is a path; 'baseUrl' says what it is a path of`);
  return baseUrl.replace(/\/+$/, "") + source;
}

function methodOf({ method }: RequestTemplate): string {
  const name = method === undefined || method.trim() === "" ? "GET" : method.trim().toUpperCase();
  if (!METHOD.test(name) || name === "CONNECT" || name === "TRACE")
    throw new Error(`requestTemplate.method: '${name}' is no method of a request`);
  return name;
}

function compiled(make: () => Template, field: string): Template {
  try {
    return make();
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : "is no template"}`, { cause: error });
  }
}

function headersOf({ headers = [] }: RequestTemplate): readonly (readonly [name: string, value: Template])[] {
  const named = headers.filter(({ key }) => key.trim() !== "");
  return named.map(({ key, value }) => {
    const name = key.trim().toLowerCase();
    if (!HEADER_NAME.test(name))
      throw new Error("requestTemplate.headers: a key has characters that a header's name cannot have");
    if (OWN_HEADERS.has(name)) throw new Error(`requestTemplate.headers: '${name}' is written by the gateway itself`);
    return [name, compiled(() => compileTemplate(value), `requestTemplate.headers: ${name}`)];
  });
}

type Writer = (
  args: JsonObject,
  contentType: string | null,
  data: JsonNode,
  context: TemplateContext,
) => RequestBody | undefined;

/** A template's own body comes before arguments that become one, and those before arguments that stand in it. */
function bodyWriterOf(template: RequestTemplate, args: readonly RestArg[]): Writer | undefined {
  const flags = (["argsToJsonBody", "argsToUrlParam", "argsToFormBody"] as const).filter(
    (flag) => template[flag] === true,
  );
  if (flags.length > 1) throw new Error(`requestTemplate: only one of ${flags.join(", ")} can be set`);
  if (template.body !== undefined && template.body !== "") return templateWriter(template.body);
  const inBody = args.filter(({ position }) => position === "body");
  const loose = args.filter(({ position }) => position === undefined || position === "body");
  if (template.argsToJsonBody === true) return jsonWriter(loose, true);
  if (template.argsToFormBody === true) return formWriter(loose, true);
  const writer: BodyWriter | undefined = inBody.length > 0 ? positionedWriter(inBody) : undefined;
  return writer;
}

function templateWriter(source: string): Writer {
  const insert = /^\s*[[{]/.test(source) ? { insert: intoJson } : {};
  const template = compiled(() => compileTemplate(source, insert), "requestTemplate.body");
  return (_, contentType, data, context) => {
    const bytes = template.render(data, context);
    return {
      bytes,
      contentType: contentType === null && isJson(bytes) ? "application/json; charset=utf-8" : undefined,
    };
  };
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A multipart body's boundary must be told; otherwise what the tool says of its body counts. */
function setContentType(headers: HeaderList, contentType: string): void {
  if (!headers.has("content-type") || contentType.startsWith("multipart/")) headers.set("content-type", contentType);
}

function withPath(url: string, args: readonly RestArg[], given: JsonObject): string {
  let out = url;
  for (const { name, wire } of args) {
    const place = `{${wire?.name ?? name}}`;
    if (!out.includes(place)) continue;
    const value = given[name];
    if (value === undefined || value === null || value === "")
      throw new ArgumentError(`The argument '${name}' is missing: it is a part of the path.`);
    out = out.replaceAll(place, (_, at: number) => {
      // `v1{id}` without a slash between: the value brings its own, as Higress lets it.
      const segments = wire?.style === undefined && !out.slice(0, at).endsWith("/");
      return segments ? intoUrl(plainText(value), out.slice(0, at)) : pathText(wire?.name ?? name, value, wire);
    });
  }
  return out;
}

function withQuery(url: string, args: readonly RestArg[], given: JsonObject): string {
  const [before = ""] = url.split("#", 1);
  let out = before;
  for (const { name, wire } of args) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    const pairs = pairsOf(wire?.name ?? name, value, wire);
    const [first] = pairs;
    if (first !== undefined) out = withParameter(out, ...first);
    for (const pair of pairs.slice(1)) out += `&${pair.join("=")}`;
  }
  return out;
}

function writeHeaders(headers: HeaderList, args: readonly RestArg[], given: JsonObject): void {
  for (const { name, wire } of args) {
    const value = given[name];
    if (value !== undefined && value !== null)
      setHeader(headers, (wire?.name ?? name).toLowerCase(), headerText(value, wire));
  }
}

function setHeader(headers: HeaderList, name: string, value: string): void {
  if (value === "") return;
  // oxlint-disable-next-line no-control-regex -- controls are what a header cannot have
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) {
    throw new ArgumentError(
      `The header '${name}' would have characters that a header cannot have, such as a line break.`,
    );
  }
  headers.set(name, value);
}

function writeCookies(headers: HeaderList, args: readonly RestArg[], given: JsonObject): void {
  const cookies = args.flatMap(({ name, wire }) => {
    const value = given[name];
    return value === undefined || value === null ? [] : cookiesOf(wire?.name ?? name, value, wire);
  });
  if (cookies.length > 0) setHeader(headers, "cookie", [headers.get("cookie"), ...cookies].filter(Boolean).join("; "));
}

const PLAIN =
  /^https?:\/\/[\w.:[\]-]+(?:[/?][\u0021\u0023-\u003b\u003d\u003f-\u005b\u005d\u005f\u0061-\u007a\u007e]*)?$/;

/** A URL that can be sent, written as URLs are. Throws an ArgumentError for what is none. */
function absolute(url: string): string {
  if (PLAIN.test(url) && !url.includes("/.")) return url;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new ArgumentError(`The tool's URL is no http or https URL with these arguments.`);
  }
  parsed.hash = "";
  return parsed.href;
}
