import { z } from "zod";
import { isObject, type JsonObject } from "#src/core/json.ts";
import { type NetworkSettings, networkSchema } from "#src/core/network/settings.ts";
import { anyText, Complaint, checkedText, duration, flag, scalar, size, text } from "#src/core/settings/scalars.ts";
import { list, makes, table } from "#src/core/settings/shapes.ts";
import { type UpstreamAuth, upstreamAuth } from "../auth/upstream/settings.ts";
import type { AnswerOptions, ToolOptions } from "./options.ts";
import type { Credential } from "./security.ts";
import type { Selector } from "./selection.ts";

/** The settings of a server made from an OpenAPI document, written out. */
export interface OpenApiSettings {
  readonly document: string | JsonObject;
  readonly server?: string;
  readonly serverVariables?: Readonly<Record<string, string>>;
  readonly include?: readonly Selector[];
  readonly exclude?: readonly Selector[];
  readonly deprecated?: boolean;
  readonly prefix?: string;
  readonly tools?: Readonly<Record<string, ToolOptions>>;
  readonly credentials?: Readonly<Record<string, Credential>>;
  readonly security?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly response?: AnswerOptions;
  readonly timeout?: number;
  readonly urlReferences?: boolean;
  readonly upstream?: UpstreamAuth;
  readonly network?: NetworkSettings;
}

const place: z.ZodType<string> = text("The document: a file beside the configuration, or a URL.");

const whole: z.ZodType<JsonObject> = z
  .custom<JsonObject>(isObject, "must be a mapping")
  .meta({ type: "object", description: "The document itself." });

const selector: z.ZodType<Selector> = z
  .union([
    text("An operationId, or METHOD /path. `*` stands for anything but a slash, `**` for anything."),
    z
      .strictObject({
        operationId: text("The operation's id.").exactOptional(),
        tag: text("One of its tags.").exactOptional(),
        path: text("Its path, as the document writes it. `*` is one segment, `**` any number.").exactOptional(),
        method: text("Its method, or several: GET, HEAD.").exactOptional(),
      })
      .describe("All that is named has to fit."),
  ])
  .describe("Which operations.");

const response: z.ZodType<AnswerOptions> = makes<AnswerOptions>()(
  z.strictObject({
    outputSchema: flag(
      "Tools show the schema of their answers. Default: true, where it is an object's and short enough.",
    ).exactOptional(),
    describe: flag("What the fields of an answer mean stands before each. Default: false.").exactOptional(),
    maxBytes: size("Answers are cut behind this much.").exactOptional(),
    select: text("A GJSON path, such as items.#.{id,name}: what it finds is the answer.").exactOptional(),
    template: text("A template that makes the answer, as in Higress' responseTemplate.body.").exactOptional(),
  }),
).describe("What becomes of answers.");

const tool: z.ZodType<ToolOptions> = makes<ToolOptions>()(
  z.strictObject({
    name: text("The tool's name, without the prefix.").exactOptional(),
    title: text("Its title.").exactOptional(),
    description: text("What models are told of it.").exactOptional(),
    readOnly: flag("It changes nothing. Default: as its method says.").exactOptional(),
    destructive: flag("It may destroy something. Default: as its method says.").exactOptional(),
    idempotent: flag("Called again, it does nothing more. Default: as its method says.").exactOptional(),
    response: response.exactOptional(),
  }),
).describe("What is said of one tool.");

const credential: z.ZodType<Credential> = z
  .union([
    text("The token, the key, or user:password."),
    z
      .strictObject({
        passthrough: z.literal(true).describe("What the client shows the gateway for this scheme is shown to the API."),
      })
      .describe("The client's own credential."),
  ])
  .describe("What is shown to the API for a security scheme of the document.");

const header: z.ZodType<string> = scalar(
  (value) =>
    typeof value !== "string"
      ? new Complaint("must be text")
      : /[\r\n\0]/.test(value)
        ? new Complaint("must not hold line breaks")
        : value,
  { type: "string", description: "The header's value." },
);

const written: z.ZodType<OpenApiSettings> = makes<OpenApiSettings>()(
  z.strictObject({
    document: z.union([place, whole]).describe("The document: a file beside the configuration, a URL, or itself."),
    server: checkedText(
      {
        description: "The API's address, in place of the document's servers.",
        examples: ["https://api.example.com/v1"],
      },
      (value) =>
        /^https?:\/\/[^/]|^\.{0,2}\//i.test(value)
          ? value
          : new Complaint("is no http or https URL, nor a path", "as in https://api.example.com/v1"),
    ).exactOptional(),
    serverVariables: table(
      anyText("The variable's value."),
      "Values of the variables in the servers' URLs.",
    ).exactOptional(),
    include: list(selector, "The operations that become tools. Default: all.").exactOptional(),
    exclude: list(selector, "The operations that do not.").exactOptional(),
    deprecated: flag("Whether deprecated operations become tools. Default: true.").exactOptional(),
    prefix: text("Stands before the names of all tools.").exactOptional(),
    tools: table(tool, "What is said of single tools, by operationId or METHOD /path.").exactOptional(),
    credentials: table(credential, "Credentials by the document's names of its security schemes.").exactOptional(),
    security: flag("false forgets what the document says of security. Default: true.").exactOptional(),
    headers: table(header, "Headers that are sent with every call.").exactOptional(),
    response: response.exactOptional(),
    timeout: duration("How long a call may take. Default: 30s.", 1).exactOptional(),
    urlReferences: flag("Whether the document may refer to documents at URLs. Default: false.").exactOptional(),
    upstream: upstreamAuth.exactOptional(),
    network: networkSchema.exactOptional(),
  }),
);

/** The field `openapi` of an MCP server: a document, or the settings. */
export const openApiSettings: z.ZodType<OpenApiSettings> = z
  .union([place.transform((document): OpenApiSettings => ({ document })), written])
  .describe("The operations of an API that has an OpenAPI document: Swagger 2.0, OpenAPI 3.0, 3.1 or 3.2.");
