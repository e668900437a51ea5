import { z } from "zod";
import { isObject, type Json } from "#src/core/json.ts";
import { type Call, definePlugin, type LocalReply, type Plugin } from "#src/core/plugin.ts";
import { anyText, Complaint, flag, scalar } from "#src/core/settings/scalars.ts";
import { makes } from "#src/core/settings/shapes.ts";
import { compileSchema, type SchemaValidator } from "./json-schema/validator.ts";
import { refusal, statusCode } from "./refusal.ts";

interface Options {
  readonly header_schema?: Json;
  readonly body_schema?: Json;
  readonly enable_swagger: boolean;
  readonly enable_oas3: boolean;
  readonly rejected_code: number;
  readonly rejected_msg: string;
}

const schema = (description: string): z.ZodType<Json> =>
  scalar(readSchema, { description, anyOf: [{ type: "object" }, { type: "string" }] });

function readSchema(value: unknown): Json | Complaint {
  if (isObject(value)) return value;
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below.
  }
  return new Complaint("must be a JSON Schema", "a mapping, or its JSON as text");
}

/** What requests have to be like. */
export const requestValidation: Plugin<Options> = definePlugin({
  name: "request-validation",
  summary: "Refuses requests whose headers or body are not what a JSON Schema says.",
  phase: "AUTHN",
  priority: 220,
  failStrategy: "FAIL_CLOSE",
  options: makes<Options>()(
    z.strictObject({
      header_schema: schema("For the headers, as an object of names in lower case and texts.").exactOptional(),
      body_schema: schema("For the body, which has to be JSON then.").exactOptional(),
      enable_swagger: flag("Whether the schemas are Swagger 2's: draft 4.").default(false),
      enable_oas3: flag("Whether the schemas are OpenAPI 3's: draft 7, as without it.").default(false),
      rejected_code: statusCode("The status of a refusal.").default(403),
      rejected_msg: anyText("The body of a refusal.").default(""),
    }),
  ),
  async configure(options) {
    const { enable_swagger: swagger, enable_oas3: oas3 } = options;
    if (swagger && oas3) throw new Error("enable_swagger and enable_oas3 cannot both be true.");
    const [headers, body] = await Promise.all([compiled(options, "header_schema"), compiled(options, "body_schema")]);
    return {
      ...(headers === undefined
        ? {}
        : {
            requestHeaders: (call: Call) => (headers(headersOf(call)) ? undefined : refused(call, options, "headers")),
          }),
      ...(body === undefined
        ? {}
        : {
            requestBody: (call: Call, bytes: Uint8Array) => {
              const value = parsed(bytes);
              return value !== undefined && body(value) ? undefined : refused(call, options, "body");
            },
          }),
    };
  },
});

async function compiled(
  options: Options,
  field: "header_schema" | "body_schema",
): Promise<SchemaValidator | undefined> {
  const { [field]: written, enable_swagger: swagger } = options;
  if (written === undefined) return undefined;
  try {
    return await compileSchema(written, swagger ? 4 : 7);
  } catch (error) {
    throw new Error(`${field}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** As Envoy has them: HTTP/2's own with a colon, `:authority` for `host`. Of several lines the last one counts where the runtime keeps them apart. */
function headersOf({ request, connection }: Call): Json {
  const { method, path, search, host, headers } = request;
  const values = new Map<string, string>();
  headers.forEach((value, name) => void values.set(name, value));
  values.delete("host");
  return {
    ":authority": headers.get("host") ?? host,
    ":method": method,
    ":path": path + search,
    ":scheme": connection.secure ? "https" : "http",
    ...Object.fromEntries(values),
  };
}

function parsed(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}

function refused(call: Call, { rejected_code: status, rejected_msg: message }: Options, part: string): LocalReply {
  const otherwise = `The request's ${part} cannot be accepted.`;
  return refusal(call, { status, message, otherwise }, { reason: `request-validation.invalid_${part}` });
}
