import type { Json, JsonObject } from "#src/core/json.ts";
import { McpRefusal } from "#src/core/mcp/policy.ts";
import {
  ERROR_CODES,
  McpError,
  type McpNotification,
  type McpRequest,
  type RequestId,
} from "#src/core/mcp/messages.ts";

/** A result as JSON-RPC text. */
export function resultText(id: RequestId, result: JsonObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
}

/** A failure as JSON-RPC text; without an id where the request's could not be read. */
export function errorText(id: RequestId | undefined, { code, message, data }: McpError): string {
  const error: { code: number; message: string; data?: Json } = { code, message };
  if (data !== undefined) error.data = data;
  return JSON.stringify(id === undefined ? { jsonrpc: "2.0", error } : { jsonrpc: "2.0", id, error });
}

/** A notification as JSON-RPC text. */
export function notificationText({ method, params }: McpNotification): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

/** A request of the server's as JSON-RPC text. */
export function requestText(id: RequestId, { method, params }: McpRequest): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** Anything thrown, as an McpError; what is none is told without its words. */
export function mcpErrorOf(thrown: unknown): McpError {
  if (thrown instanceof McpError) return thrown;
  if (thrown instanceof McpRefusal) return new McpError(ERROR_CODES.invalidRequest, thrown.message);
  return new McpError(ERROR_CODES.internalError, "The server failed to handle this request.", undefined, {
    cause: thrown,
  });
}

/** An error as 2026-07-28 tells it, whose resources that are not there have no code of their own. */
export function modernError(error: McpError): McpError {
  if (error.code !== ERROR_CODES.resourceNotFound) return error;
  return new McpError(ERROR_CODES.invalidParams, error.message, error.data, { cause: error });
}

/** HTTP statuses of the errors that 2026-07-28 gives one; every other error is an answer like a result. */
const STATUSES: Readonly<Record<number, number>> = {
  [ERROR_CODES.parseError]: 400,
  [ERROR_CODES.invalidRequest]: 400,
  [ERROR_CODES.methodNotFound]: 404,
  [ERROR_CODES.headerMismatch]: 400,
  [ERROR_CODES.missingCapability]: 400,
  [ERROR_CODES.unsupportedVersion]: 400,
};

/** The HTTP status of an error in the stateless era. */
export function statusOf({ code }: McpError): number {
  return STATUSES[code] ?? 200;
}

/** A JSON-RPC text as an HTTP answer. */
export function jsonAnswer(text: string, status = 200, headers?: Readonly<Record<string, string>>): Response {
  return new Response(text, { status, headers: headers === undefined ? JSON_TYPE : { ...JSON_TYPE, ...headers } });
}

const JSON_TYPE = { "content-type": "application/json" } as const;

/** A failure as an HTTP answer. */
export function errorAnswer(error: McpError, status: number, id?: RequestId): Response {
  return jsonAnswer(errorText(id, error), status);
}
