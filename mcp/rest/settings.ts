import { z } from "zod";
import { type NetworkSettings, networkSchema } from "#src/core/network/settings.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { anyText, text } from "#src/core/settings/scalars.ts";
import { makes, table } from "#src/core/settings/shapes.ts";
import { type UpstreamAuth, upstreamAuth } from "../auth/upstream/settings.ts";
import type { RestDocument } from "./format.ts";
import { checkRestDocument, readRestDocument } from "./read.ts";

/** A document in a file, and what stands beside it in the configuration, where `${env:…}` is known. */
export interface RestFile {
  readonly file: string;
  /** Stands before the document's `server.config`. */
  readonly config?: JsonObject;
  /** Default credentials, by security scheme. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** What the API is shown on every call, over what the document says. */
  readonly upstream?: UpstreamAuth;
  readonly network?: NetworkSettings;
  /** Stands before URLs of the document that begin with `/`. */
  readonly baseUrl?: string;
}

/** The field `rest`: a file, a file with more, or the document itself. */
export type RestSettings = string | RestFile | JsonObject;

const restFile: z.ZodType<RestFile> = makes<RestFile>()(
  z.strictObject({
    file: text("A YAML or JSON file in Higress' format."),
    config: z
      .record(z.string(), z.json())
      .describe("What templates see as .config, before what the file has.")
      .exactOptional(),
    credentials: table(
      anyText("A credential."),
      "Default credentials, by the id of their security scheme.",
    ).exactOptional(),
    upstream: upstreamAuth.exactOptional(),
    network: networkSchema.exactOptional(),
    baseUrl: text("What URLs of the document that begin with / are appended to.").exactOptional(),
  }),
);

const inline = z.record(z.string(), z.json()).describe("The document itself: server, tools.");

/** What is in a document is told by reading it, in words that name the tool. */
export const restSettingsSchema: z.ZodType<RestSettings> = z.union([
  text("A YAML or JSON file in Higress' format, relative to the configuration."),
  restFile,
  inline,
]);

function isFile(settings: RestFile | JsonObject): settings is RestFile {
  return typeof settings["file"] === "string";
}

/** What the API is shown, where the settings say so. */
export function upstreamOf(settings: RestSettings): UpstreamAuth | undefined {
  return typeof settings !== "string" && isFile(settings) ? settings.upstream : undefined;
}

/** The document that settings name. Throws an Error that says where in it what is wrong. */
export function documentOf(settings: RestSettings, world: McpWorld): RestDocument {
  if (typeof settings === "string") return fromFile(settings, world);
  if (!isFile(settings))
    return named("The document", () => checkRestDocument(settings, ignored("The document", world)));
  const document = fromFile(settings.file, world);
  const { server, network } = document;
  return {
    ...document,
    server: {
      ...server,
      ...(settings.baseUrl !== undefined && { baseUrl: settings.baseUrl }),
      config: { ...server.config, ...settings.config },
      ...(server.securitySchemes !== undefined && {
        securitySchemes: withCredentials(server.securitySchemes, settings),
      }),
    },
    ...((settings.network ?? network) !== undefined && { network: settings.network ?? network }),
  };
}

type Schemes = NonNullable<RestDocument["server"]["securitySchemes"]>;

function withCredentials(schemes: Schemes, { file, credentials = {} }: RestFile): Schemes {
  for (const id of Object.keys(credentials)) {
    if (!schemes.some((scheme) => scheme.id === id))
      throw new Error(`The file '${file}' has no security scheme '${id}'.`);
  }
  return schemes.map((scheme) => {
    const credential = credentials[scheme.id];
    return credential === undefined ? scheme : Object.assign({}, scheme, { defaultCredential: credential });
  });
}

function fromFile(path: string, world: McpWorld): RestDocument {
  return named(`The file '${path}'`, () =>
    readRestDocument(world.readFile(path), ignored(`The file '${path}'`, world)),
  );
}

/** Not an error: documents in use have fields of their writers' own. But one may be misspelt. */
function ignored(what: string, { log }: McpWorld): (field: string) => void {
  return (field) => log.warn(`${what} has a field that is not known, and is ignored: ${field}.`);
}

function named<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${what} cannot be used: ${error instanceof Error ? error.message : "it cannot be read"}.`, {
      cause: error,
    });
  }
}
