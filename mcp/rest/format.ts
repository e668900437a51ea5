import type { Json, JsonObject } from "#src/core/json.ts";

/**
 * Higress' file of REST calls as tools, field for field (its `server` and `tools`), as it is read and as `openapi-to-mcp` prints it.
 */

/** The whole file. */
export interface RestDocument {
  readonly server: RestServer;
  readonly tools?: readonly RestTool[];
  /** Names of the tools that are shown; left out: all. */
  readonly allowTools?: readonly string[];
  readonly toolSet?: { readonly name: string; readonly serverTools: readonly ServerTools[] };
}

export interface ServerTools {
  readonly serverName: string;
  readonly tools?: readonly string[];
}

export interface RestServer {
  readonly name: string;
  readonly description?: string;
  readonly type?: "rest" | "mcp-proxy";
  /** For `mcp-proxy`. */
  readonly transport?: "http" | "sse";
  readonly mcpServerURL?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** What templates see as `.config`. */
  readonly config?: JsonObject;
  readonly securitySchemes?: readonly SecurityScheme[];
  readonly defaultDownstreamSecurity?: SecurityRequirement;
  readonly defaultUpstreamSecurity?: SecurityRequirement;
  readonly passthroughAuthHeader?: boolean;
}

export interface SecurityScheme {
  readonly id: string;
  readonly type: "http" | "apiKey";
  readonly scheme?: "basic" | "bearer";
  readonly in?: "header" | "query";
  readonly name?: string;
  readonly defaultCredential?: string;
}

export interface SecurityRequirement {
  readonly id: string;
  readonly credential?: string;
  readonly passthrough?: boolean;
}

export type ArgPosition = "query" | "path" | "header" | "cookie" | "body";

export interface RestArg {
  readonly name: string;
  readonly description?: string;
  readonly type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly required?: boolean;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly items?: JsonObject;
  readonly properties?: JsonObject;
  readonly position?: ArgPosition;
  /** Sluice's own: the argument's whole JSON Schema, where the fields above cannot say it. */
  readonly schema?: JsonObject;
}

export interface RequestTemplate {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: readonly { readonly key: string; readonly value: string }[];
  readonly body?: string;
  readonly argsToJsonBody?: boolean;
  readonly argsToUrlParam?: boolean;
  readonly argsToFormBody?: boolean;
  readonly security?: SecurityRequirement;
}

export interface ResponseTemplate {
  readonly body?: string;
  readonly prependBody?: string;
  readonly appendBody?: string;
}

export interface RestTool {
  readonly name: string;
  readonly description?: string;
  readonly args?: readonly RestArg[];
  readonly security?: SecurityRequirement;
  readonly requestTemplate?: RequestTemplate;
  readonly responseTemplate?: ResponseTemplate;
  readonly errorResponseTemplate?: string;
  readonly outputSchema?: JsonObject;
  /** Sluice's own: MCP's `ToolAnnotations`. */
  readonly annotations?: JsonObject;
}
