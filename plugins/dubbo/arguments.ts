import { isDeeperThan } from "#src/core/json.ts";
import type { CallRequest } from "#src/core/plugin.ts";
import type { DubboCall } from "./call.ts";
import { isJavaObject, type JavaValue } from "./hessian/java-value.ts";
import { elementType, javaText } from "./java-text.ts";
import type { FoundMethod } from "./method-table.ts";
import type { Method, Param } from "./options.ts";

/** A request that a method cannot be called with. The message is for its client. */
export class ArgumentError extends Error {}

/** The parameters of a method, where the whole body is one of them as well. */
function paramsOf({ paramFromEntireBody, params }: Method): readonly Param[] {
  return paramFromEntireBody === undefined ? params : [{ paramSource: "BODY", ...paramFromEntireBody }];
}

/** Whether the body is needed for a call. */
export function needsBody(method: Method): boolean {
  return paramsOf(method).some(({ paramSource }) => paramSource === "BODY");
}

/** Takes a method's arguments from a request. Throws an {@link ArgumentError}. */
export function argumentsOf(
  { method, path }: FoundMethod,
  request: CallRequest,
  body: Uint8Array,
): Pick<DubboCall, "method" | "types" | "values" | "attachments"> {
  const params = paramsOf(method);
  const json = needsBody(method) ? jsonOf(body) : null;
  const query = new URLSearchParams(request.search);
  const left = [...path];
  const from: Readonly<Record<Param["paramSource"], (param: Param) => JavaValue>> = {
    QUERY: (param) => typed(query.getAll(param.paramKey ?? ""), param, "query parameter"),
    HEADER: (param) => typed(headerOf(request, param.paramKey ?? ""), param, "header"),
    PATH: (param) => typed(segmentOf(left, param.paramKey), param, "path segment"),
    BODY: ({ paramKey }) => (paramKey === undefined ? json : memberOf(json, paramKey)),
  };
  return {
    method: method.serviceMethod,
    types: params.map(({ paramType }) => paramType),
    values: params.map((param) => from[param.paramSource](param)),
    attachments: attachmentsOf(method.headersAttach, request),
  };
}

/** Nothing that means something is nested this deep. */
const MAX_DEPTH = 100;

/** Whole numbers become `long`s with all their digits, others `double`s. */
function jsonOf(body: Uint8Array): JavaValue {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    if (isDeeperThan(MAX_DEPTH, JSON.parse(text))) throw new ArgumentError("The body is nested too deep.");
    return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? numberOf(value, context?.source) : value,
    );
  } catch (error) {
    throw error instanceof ArgumentError ? error : new ArgumentError("The body must be JSON.");
  }
}

function numberOf(value: number, source: string | undefined): number | bigint {
  if (source === undefined || !/^-?\d+$/.test(source)) return value;
  const whole = BigInt(source);
  return BigInt.asIntN(64, whole) === whole ? whole : value;
}

function memberOf(json: JavaValue, key: string): JavaValue {
  const value = isJavaObject(json) && Object.hasOwn(json, key) ? json[key] : undefined;
  return value === undefined ? missing(`member '${key}' of the body`) : value;
}

function headerOf({ headers }: CallRequest, name: string): readonly string[] {
  const value = headers.get(name.toLowerCase());
  return value === null ? [] : [value];
}

/** By its name, or, as in Higress, the next one that is left. */
function segmentOf(
  left: { readonly name: string; readonly value: string }[],
  key: string | undefined,
): readonly string[] {
  const named = left.findIndex(({ name }) => name === key);
  return left.splice(Math.max(named, 0), 1).map(({ value }) => value);
}

function typed(texts: readonly string[], { paramKey = "", paramType }: Param, what: string): JavaValue {
  const [first] = texts;
  if (first === undefined) return missing(`${what} '${paramKey}'`);
  const element = elementType(paramType);
  const read = (text: string, type: string): JavaValue => {
    const value = javaText(text, type);
    if (value === undefined) throw new ArgumentError(`The ${what} '${paramKey}' must be of the type ${type}.`);
    return value;
  };
  return element === undefined ? read(first, paramType) : texts.map((text) => read(text, element));
}

function missing(what: string): never {
  throw new ArgumentError(`The ${what} is missing.`);
}

/** By these Dubbo is told what to call, and how to read it: no client may say so. */
const RESERVED: ReadonlySet<string> = new Set([
  "dubbo",
  "generic",
  "group",
  "interface",
  "path",
  "serialization",
  "timeout",
  "version",
]);

function attachmentsOf(headers: string, { headers: sent }: CallRequest): Readonly<Record<string, string>> {
  const told: Record<string, string> = {};
  const tell = (value: string, name: string): void => {
    if (!RESERVED.has(name.toLowerCase())) told[name] = value;
  };
  if (headers === "*") sent.forEach(tell);
  else {
    for (const name of headers.split(",").map((one) => one.trim())) {
      if (name !== "") tell(sent.get(name.toLowerCase()) ?? missing(`header '${name}'`), name);
    }
  }
  return told;
}
