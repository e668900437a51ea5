import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import {
  ERROR_CODES,
  McpError,
  type McpNotification,
  type McpRequest,
  type RequestId,
} from "#src/core/mcp/messages.ts";

/** The envelope of JSON-RPC 2.0, put on and taken off. */

export function requestMessage(id: RequestId, { method, params }: McpRequest): JsonObject {
  return { jsonrpc: "2.0", id, method, params };
}

/** Params that say nothing are left out: some older servers refuse an empty object. */
export function notificationMessage({ method, params }: McpNotification): JsonObject {
  return Object.keys(params).length === 0 ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params };
}

export function resultMessage(id: RequestId, result: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id, result };
}

export function errorMessage(id: RequestId, { code, message, data }: McpError): JsonObject {
  return { jsonrpc: "2.0", id, error: data === undefined ? { code, message } : { code, message, data } };
}

/** An error that the server itself has answered, unlike those of the way to it. */
export class ServerError extends McpError {}

/** What a message is. Undefined for what is none of these. */
export type Incoming =
  | { readonly kind: "request"; readonly id: RequestId; readonly request: McpRequest }
  | { readonly kind: "notification"; readonly notification: McpNotification }
  /** `id` is undefined when the error does not say which request it answers. */
  | { readonly kind: "answer"; readonly id: RequestId | undefined; readonly outcome: JsonObject | McpError };

/** Sorts a message by its members, as JSON-RPC 2.0 tells them apart. */
export function readMessage(message: Json): Incoming | undefined {
  if (!isObject(message)) return undefined;
  const { id, method } = message;
  const known = isId(id) ? id : undefined;
  if (typeof method === "string") {
    const params = isObject(message["params"]) ? message["params"] : {};
    if (known !== undefined) return { kind: "request", id: known, request: { method, params } };
    return id === undefined ? { kind: "notification", notification: { method, params } } : undefined;
  }
  const outcome = outcomeOf(message);
  if (outcome === undefined || (known === undefined && !(outcome instanceof McpError))) return undefined;
  return { kind: "answer", id: known, outcome };
}

/** The result or error in an answer; undefined when it has neither. */
function outcomeOf(message: JsonObject): JsonObject | McpError | undefined {
  const { result, error } = message;
  if (isObject(result)) return result;
  return isObject(error) ? errorOf(error) : undefined;
}

/** An error object; what it lacks is filled in, since the request has failed all the same. */
function errorOf({ code, message, data }: JsonObject): ServerError {
  return new ServerError(
    typeof code === "number" && Number.isInteger(code) ? code : ERROR_CODES.internalError,
    typeof message === "string" ? message : "The server did not say what is wrong.",
    data,
  );
}

/** Whether a value can be a request's id. */
export function isId(value: Json | undefined): value is RequestId {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}
