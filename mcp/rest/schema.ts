import { z } from "zod";
import { networkSchema } from "#src/core/network/settings.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { anyText, text } from "#src/core/settings/scalars.ts";
import { list, makes, someOf, word } from "#src/core/settings/shapes.ts";
import type {
  ArgWire,
  RequestTemplate,
  ResponseTemplate,
  RestArg,
  RestDocument,
  RestServer,
  RestTool,
  SecurityRequirement,
  SecurityScheme,
} from "./format.ts";
import { typeName } from "./tidy.ts";

// Not looked through: what is read from YAML or JSON is JSON, and schemas of large APIs are large.
const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined);
const jsonObject = (description: string): z.ZodType<JsonObject> =>
  z.custom<JsonObject>(isObject, "must be a mapping").describe(description);
const yes = (description: string): z.ZodType<boolean> => z.boolean().describe(description);

const securityScheme: z.ZodType<SecurityScheme> = makes<SecurityScheme>()(
  z.strictObject({
    id: text("What requirements call it by."),
    type: word(["http", "apiKey"], "A header that HTTP defines, or a key."),
    scheme: word(["basic", "bearer"], "For http.").exactOptional(),
    in: word(["header", "query", "cookie"], "Where the key is written; for apiKey.").exactOptional(),
    name: text("Name of the header, parameter or cookie; for apiKey.").exactOptional(),
    defaultCredential: anyText(
      "`user:password`, a token or a key, unless a requirement brings its own.",
    ).exactOptional(),
  }),
);

const securityRequirement: z.ZodType<SecurityRequirement> = z.lazy(() =>
  makes<SecurityRequirement>()(
    z.strictObject({
      id: text("A security scheme."),
      credential: anyText("Stands before the scheme's own.").exactOptional(),
      passthrough: yes("The client's own credential is sent on.").exactOptional(),
      and: list(securityRequirement, "What is asked for at the same time.").exactOptional(),
    }),
  ),
);

const argWire: z.ZodType<ArgWire> = makes<ArgWire>()(
  z.strictObject({
    name: text("The name in the request.").exactOptional(),
    style: word(
      ["form", "spaceDelimited", "pipeDelimited", "deepObject", "simple", "label", "matrix"],
      "OpenAPI's way of writing lists and objects.",
    ).exactOptional(),
    explode: yes("Each item and field for itself.").exactOptional(),
    allowReserved: yes("Characters that mean something in a query stay as they are.").exactOptional(),
    whole: yes("The argument is the whole body.").exactOptional(),
    contentType: text("The media type of a part, or of a parameter that is JSON.").exactOptional(),
    file: yes("The argument is a file, and its bytes are sent.").exactOptional(),
  }),
);

const arg: z.ZodType<RestArg> = makes<RestArg>()(
  z.strictObject({
    name: text("The argument's name."),
    description: anyText("What the model is told of it.").exactOptional(),
    type: z
      .preprocess(typeName, word(["string", "number", "integer", "boolean", "array", "object"], "Left out: string."))
      .exactOptional(),
    required: yes("The model must give it.").exactOptional(),
    default: json.describe("Taken when the model gives none.").exactOptional(),
    enum: list(json, "The values it may have.").exactOptional(),
    items: jsonObject("A list's items, as JSON Schema.").exactOptional(),
    properties: jsonObject("An object's members, as JSON Schema.").exactOptional(),
    position: lowerCase(["query", "path", "header", "cookie", "body"]).exactOptional(),
    schema: jsonObject("The whole JSON Schema, where the fields above cannot say it.").exactOptional(),
    wire: argWire.exactOptional(),
  }),
);

/** Higress reads positions in any case. */
function lowerCase<const W extends readonly [string, ...string[]]>(words: W): z.ZodType<W[number]> {
  const known = word(words, "Where it stands in the request; left out: where the template or `argsTo…` puts it.");
  return z.preprocess((value) => (typeof value === "string" ? value.toLowerCase() : value), known);
}

const requestTemplate: z.ZodType<RequestTemplate> = makes<RequestTemplate>()(
  z.strictObject({
    url: anyText("Template of the URL; `{name}` stands for an argument of position path.").exactOptional(),
    method: anyText("GET when left out.").exactOptional(),
    headers: list(
      z.strictObject({ key: anyText("The header's name."), value: anyText("Template of its value.") }),
      "Headers.",
    ).exactOptional(),
    body: anyText("Template of the body.").exactOptional(),
    argsToJsonBody: yes("Arguments without a position are the body, as JSON.").exactOptional(),
    argsToUrlParam: yes("Arguments without a position are parameters of the URL.").exactOptional(),
    argsToFormBody: yes("Arguments without a position are the body, as a form.").exactOptional(),
    security: securityRequirement.exactOptional(),
  }),
);

const responseTemplate: z.ZodType<ResponseTemplate> = makes<ResponseTemplate>()(
  z.strictObject({
    body: anyText("Template of the text that the model gets, over the answer.").exactOptional(),
    prependBody: anyText("Stands before the answer.").exactOptional(),
    appendBody: anyText("Stands behind the answer.").exactOptional(),
    maxBytes: z.int().min(1).describe("The text is cut behind this many bytes.").exactOptional(),
  }),
);

const tool: z.ZodType<RestTool> = makes<RestTool>()(
  z.strictObject({
    name: text("The tool's name."),
    description: anyText("What the model is told of it.").exactOptional(),
    args: list(arg, "Arguments.").exactOptional(),
    security: securityRequirement.exactOptional(),
    requestTemplate: requestTemplate.exactOptional(),
    responseTemplate: responseTemplate.exactOptional(),
    errorResponseTemplate: anyText("Template of the text for a status outside of 200 to 299.").exactOptional(),
    outputSchema: jsonObject("The answer's JSON Schema.").exactOptional(),
    schemas: jsonObject("`$defs` of the input schema.").exactOptional(),
    annotations: jsonObject("MCP's ToolAnnotations.").exactOptional(),
  }),
);

const server: z.ZodType<RestServer> = makes<RestServer>()(
  z.strictObject({
    name: anyText("The server's name.").default(""),
    version: anyText("What clients are told; 1.0.0 when left out.").exactOptional(),
    description: anyText("What clients are told the server is for.").exactOptional(),
    type: word(["rest", "mcp-proxy"], "Left out: rest.").exactOptional(),
    transport: word(["http", "sse"], "For mcp-proxy.").exactOptional(),
    protocolStrategy: word(["legacy", "modern"], "For mcp-proxy; Sluice finds out by itself.").exactOptional(),
    baseUrl: z
      .union([text("A URL."), someOf(text("A URL."), "Calls are spread over these.")])
      .describe("What URLs that begin with / are appended to.")
      .exactOptional(),
    mcpServerURL: text("For mcp-proxy: the server.").exactOptional(),
    timeout: z.int().min(1).max(3_600_000).describe("Milliseconds a call may take; left out: 30000.").exactOptional(),
    config: jsonObject("What templates see as `.config`.").exactOptional(),
    securitySchemes: list(securityScheme, "How requests show who they come from.").exactOptional(),
    defaultDownstreamSecurity: securityRequirement.exactOptional(),
    defaultUpstreamSecurity: securityRequirement.exactOptional(),
    passthroughAuthHeader: yes("The client's Authorization header is sent on.").exactOptional(),
  }),
);

/** Higress' document. */
export const restDocumentSchema: z.ZodType<RestDocument> = makes<RestDocument>()(
  z.strictObject({
    server: server.default({ name: "" }),
    tools: list(tool, "The tools.").exactOptional(),
    allowTools: list(text("A tool."), "The tools that are shown; left out: all.").exactOptional(),
    toolSet: z
      .strictObject({
        name: text("The set's name."),
        serverTools: list(
          z.strictObject({
            serverName: text("A server."),
            tools: list(text("A tool."), "Its tools in the set; left out: all.").exactOptional(),
          }),
          "The servers.",
        ),
      })
      .exactOptional(),
    network: networkSchema.exactOptional(),
  }),
);
