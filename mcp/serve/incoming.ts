import { isDeeperThan, isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { ERROR_CODES, McpError, type RequestId } from "#src/core/mcp/messages.ts";
import type { McpLimits } from "#src/core/mcp/policy.ts";

/** A JSON-RPC message as a client sends it. */
export type Incoming =
  | { readonly type: "request"; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly type: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly type: "response"; readonly id: RequestId; readonly result: JsonObject }
  | { readonly type: "response"; readonly id: RequestId; readonly error: JsonObject };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What a body says, as JSON. Throws an McpError. */
export function parseBody(bytes: Uint8Array, { depth, batch }: McpLimits): Json {
  let value: Json;
  try {
    value = JSON.parse(utf8.decode(bytes)) as Json;
  } catch {
    throw new McpError(ERROR_CODES.parseError, "The body is not JSON in UTF-8.");
  }
  // What is shorter has no room for it.
  if (bytes.byteLength > 2 * depth && isDeeperThan(depth, value))
    throw invalid(`The message is nested more than ${depth} deep.`);
  if (Array.isArray(value) && value.length > batch) throw invalid(`A list may hold ${batch} messages.`);
  return value;
}

/** The message that a JSON value is. Throws an McpError that says why it is none. */
export function messageOf(value: Json): Incoming {
  if (!isObject(value)) throw invalid("A JSON-RPC message is an object.");
  const { jsonrpc, id, method, params = {} } = value;
  if (jsonrpc !== "2.0") throw invalid('A JSON-RPC message has "jsonrpc": "2.0".');
  if (id !== undefined && !isId(id)) throw invalid("The 'id' must be a string or a number.");
  if (typeof method === "string") {
    if (!isObject(params)) throw new McpError(ERROR_CODES.invalidParams, "The 'params' must be an object.");
    return id === undefined ? { type: "notification", method, params } : { type: "request", id, method, params };
  }
  if (method !== undefined || id === undefined)
    throw invalid("A JSON-RPC message has a 'method', or an 'id' with a result or an error.");
  const { result, error } = value;
  if (isObject(result)) return { type: "response", id, result };
  if (isObject(error)) return { type: "response", id, error };
  throw invalid("A JSON-RPC response has a 'result' or an 'error', which are objects.");
}

/** The messages of a batch, which 2025-03-26 alone knows. Throws an McpError. */
export function batchOf(values: readonly Json[]): readonly Incoming[] {
  if (values.length === 0) throw invalid("A batch must not be empty.");
  return values.map(messageOf);
}

/** The id of a message that may be broken otherwise, so that its error can be told apart. */
export function idOf(value: Json): RequestId | undefined {
  return isObject(value) && isId(value["id"]) ? value["id"] : undefined;
}

function isId(value: Json | undefined): value is RequestId {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

function invalid(message: string): McpError {
  return new McpError(ERROR_CODES.invalidRequest, message);
}
