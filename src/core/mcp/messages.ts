import type { Json, JsonObject } from "../json.ts";

/**
 * JSON-RPC as MCP speaks it, without its envelope: who holds a connection knows ids, everybody else sees methods and params. The form is
 * that of the newest revision, 2026-07-28, whatever the client or the upstream speaks; what an older one says is carried over at its edge.
 */

/** A request without its id. `params` has `_meta` where the sender gave one. */
export interface McpRequest {
  readonly method: string;
  readonly params: JsonObject;
}

/** A notification, either way. */
export interface McpNotification {
  readonly method: string;
  readonly params: JsonObject;
}

/** A JSON-RPC request id. `null` is none: MCP forbids it. */
export type RequestId = string | number;

/** The error codes of JSON-RPC 2.0 and of MCP's revisions. */
export const ERROR_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** A resource that is not there, up to 2025-11-25; 2026-07-28 says `invalidParams`. */
  resourceNotFound: -32002,
  /** A mirrored header does not say what the body says. */
  headerMismatch: -32020,
  /** The client lacks a capability that the request needs; `data.requiredCapabilities` names it. */
  missingCapability: -32021,
  /** `data.supported` and `data.requested` name versions. */
  unsupportedVersion: -32022,
  /** The user must visit a URL first; `data.elicitations` (2025-11-25). */
  urlElicitationRequired: -32042,
} as const;

/** A request's failure as JSON-RPC tells it. `message` and `data` are shown to the client: no secret, no inner detail. */
export class McpError extends Error {
  readonly code: number;
  readonly data: Json | undefined;

  constructor(code: number, message: string, data?: Json, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "McpError";
    this.code = code;
    this.data = data;
  }
}

/**
 * What is kept for a client's session elsewhere is gone, such as its session with an upstream. The client is answered 404, by which it
 * knows that it has to begin a new one.
 */
export class SessionLost extends McpError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(ERROR_CODES.internalError, message, undefined, options);
    this.name = "SessionLost";
  }
}

/** The keys of `_meta` that 2026-07-28 defines. */
export const META = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  /** In results: the server's Implementation. */
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
} as const;
