import { parse } from "yaml";
import { z } from "zod";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type {
  RequestTemplate,
  ResponseTemplate,
  RestDocument,
  RestTool,
  SecurityRequirement,
  SecurityScheme,
} from "#mcp/rest/format.ts";

/** What a file for `--template` says of the server and of all its tools at once, as Higress' converter takes it. */
export interface Patch {
  readonly server?: { readonly config?: JsonObject; readonly securitySchemes?: readonly SecurityScheme[] };
  readonly tools?: {
    readonly requestTemplate?: Omit<RequestTemplate, "url" | "method">;
    readonly responseTemplate?: Omit<ResponseTemplate, "maxBytes">;
    readonly security?: SecurityRequirement;
    readonly outputSchema?: JsonObject;
  };
}

const object: z.ZodType<JsonObject> = z.custom<JsonObject>(isObject, "must be a mapping");

const requirement: z.ZodType<SecurityRequirement> = z.object({
  id: z.string(),
  credential: z.string().exactOptional(),
  passthrough: z.boolean().exactOptional(),
});

const scheme: z.ZodType<SecurityScheme> = z.object({
  id: z.string(),
  type: z.enum(["http", "apiKey"]),
  scheme: z.enum(["basic", "bearer"]).exactOptional(),
  in: z.enum(["header", "query", "cookie"]).exactOptional(),
  name: z.string().exactOptional(),
  defaultCredential: z.string().exactOptional(),
});

const patch: z.ZodType<Patch> = z.object({
  server: z
    .object({ config: object.exactOptional(), securitySchemes: z.array(scheme).exactOptional() })
    .exactOptional(),
  tools: z
    .object({
      requestTemplate: z
        .object({
          headers: z.array(z.object({ key: z.string(), value: z.string() })).exactOptional(),
          body: z.string().exactOptional(),
          argsToJsonBody: z.boolean().exactOptional(),
          argsToUrlParam: z.boolean().exactOptional(),
          argsToFormBody: z.boolean().exactOptional(),
          security: requirement.exactOptional(),
        })
        .exactOptional(),
      responseTemplate: z
        .object({
          body: z.string().exactOptional(),
          prependBody: z.string().exactOptional(),
          appendBody: z.string().exactOptional(),
        })
        .exactOptional(),
      security: requirement.exactOptional(),
      outputSchema: object.exactOptional(),
    })
    .exactOptional(),
});

/** Reads a patch. Throws an Error that names what in it is wrong, and no value: it may hold a credential. */
export function parsePatch(text: string): Patch {
  const read = patch.safeParse(parsed(text) ?? {});
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new Error(`The template cannot be used: ${faults.join("; ")}`);
}

function parsed(text: string): unknown {
  try {
    return parse(text, { merge: true });
  } catch (error) {
    throw new Error(`The template is no YAML: ${error instanceof Error ? error.message.split("\n")[0] : ""}`, {
      cause: error,
    });
  }
}

/** Patches a document: headers are added to those of each tool, what else the patch has takes the place of what was there. */
export function applyPatch(document: RestDocument, { server = {}, tools = {} }: Patch): RestDocument {
  const { config, securitySchemes } = server;
  return {
    ...document,
    server: {
      ...document.server,
      ...(config === undefined ? {} : { config: { ...document.server.config, ...config } }),
      ...(securitySchemes === undefined ? {} : { securitySchemes }),
    },
    ...(document.tools === undefined ? {} : { tools: document.tools.map((tool) => patchedTool(tool, tools)) }),
  };
}

function patchedTool(
  tool: RestTool,
  { requestTemplate, responseTemplate, security, outputSchema }: NonNullable<Patch["tools"]>,
): RestTool {
  const headers = [...(tool.requestTemplate?.headers ?? []), ...(requestTemplate?.headers ?? [])];
  const request = { ...tool.requestTemplate, ...requestTemplate, ...(headers.length === 0 ? {} : { headers }) };
  return {
    ...tool,
    requestTemplate: request,
    responseTemplate: { ...tool.responseTemplate, ...responseTemplate },
    ...(security === undefined ? {} : { security }),
    ...(outputSchema === undefined ? {} : { outputSchema }),
  };
}
