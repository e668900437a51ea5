import type { Json, JsonObject } from "#src/core/json.ts";
import type { NetworkSettings } from "#src/core/network/settings.ts";

/**
 * Higress' file of REST calls as tools, field for field (its `server` and `tools`), as it is read and as `openapi-to-mcp` prints it.
 */

/** The whole file. */
export interface RestDocument {
  readonly server: RestServer;
  readonly tools?: readonly RestTool[];
  /** Names of the tools that are shown; left out: all. */
  readonly allowTools?: readonly string[];
  /** Sluice's own: where its requests may go. */
  readonly network?: NetworkSettings;
  readonly toolSet?: { readonly name: string; readonly serverTools: readonly ServerTools[] };
}

export interface ServerTools {
  readonly serverName: string;
  readonly tools?: readonly string[];
}

export interface RestServer {
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly type?: "rest" | "mcp-proxy";
  /** Sluice's own: stands before URLs that begin with `/`; of several, one after the other. */
  readonly baseUrl?: string | readonly string[];
  /** For `mcp-proxy`. */
  readonly transport?: "http" | "sse";
  readonly protocolStrategy?: "legacy" | "modern";
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
  /** `cookie` is Sluice's own. */
  readonly in?: "header" | "query" | "cookie";
  readonly name?: string;
  readonly defaultCredential?: string;
}

export interface SecurityRequirement {
  readonly id: string;
  readonly credential?: string;
  readonly passthrough?: boolean;
  /** Sluice's own: what is asked for at the same time, such as a key beside a token. */
  readonly and?: readonly SecurityRequirement[];
}

export type ArgPosition = "query" | "path" | "header" | "cookie" | "body";

/** OpenAPI's ways of writing lists and objects into a parameter. */
export type ParameterStyle = "form" | "spaceDelimited" | "pipeDelimited" | "deepObject" | "simple" | "label" | "matrix";

/** How an argument is written into the request. */
export interface ArgWire {
  /** The name in the request, where it is not the argument's own: a parameter and a field of the body may share one. */
  readonly name?: string;
  /** Left out: as Higress writes it, lists and objects as JSON. */
  readonly style?: ParameterStyle;
  /** Each item and field for itself; left out: no, but for `form` and `deepObject`. */
  readonly explode?: boolean;
  /** The value's characters that mean something in a query stay as they are. */
  readonly allowReserved?: boolean;
  /** The argument is the whole body: JSON where the `Content-Type` says so, else the text or the file as it is. */
  readonly whole?: boolean;
  /** The media type of a part of a multipart body, or of a parameter that is JSON. */
  readonly contentType?: string;
  /** The argument is a file, `{ text | base64, filename?, mediaType? }`, and its bytes are sent. */
  readonly file?: boolean;
}

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
  /** Sluice's own: where and how it is written, where `name` and `position` cannot say it. */
  readonly wire?: ArgWire;
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
  /** Sluice's own: the text is cut behind this many bytes, and says so. */
  readonly maxBytes?: number;
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
  /** Sluice's own: the `$defs` of the input schema, which arguments' schemas name as `#/$defs/NAME`. */
  readonly schemas?: JsonObject;
  /** Sluice's own: MCP's `ToolAnnotations`. */
  readonly annotations?: JsonObject;
}
