import { entries, isMapping, type Mapping, mapping, strings } from "../../../check-values.ts";

/** What a document of tools is made with beside what Nacos says of them. */
export interface DocumentOptions {
  /** Where the API is. */
  readonly origins: readonly string[];
  /** What templates see as `.config.credentials`. */
  readonly credentials: Mapping;
}

const TEMPLATES = "json-go-template";

/** Fields of a property that an argument has as well; others need its whole schema. */
const PLAIN: ReadonlySet<string> = new Set(["type", "description", "default", "enum", "items", "properties"]);

/** Tools in the gateway's format for REST APIs, of `mcp-tools.json`: those that are enabled and have templates. */
export function restDocument(spec: Mapping, written: unknown, { origins, credentials }: DocumentOptions): Mapping {
  const { tools, toolsMeta, securitySchemes } = mapping(written);
  const metas = mapping(toolsMeta);
  const { name, description } = spec;
  return {
    server: {
      name,
      ...(typeof description === "string" && description !== "" ? { description } : {}),
      baseUrl: origins,
      config: { credentials },
      ...(Array.isArray(securitySchemes) && securitySchemes.length > 0 ? { securitySchemes } : {}),
    },
    tools: entries(tools).flatMap(([, tool]) => toolOf(tool, mapping(metas[String(tool["name"])]))),
  };
}

function toolOf({ name, description, inputSchema }: Mapping, { enabled, templates }: Mapping): readonly Mapping[] {
  const template = mapping(templates)[TEMPLATES];
  if (enabled === false || !isMapping(template)) return [];
  const { requestTemplate, responseTemplate, errorResponseTemplate, argsPosition, security } = template;
  const { properties, required } = mapping(inputSchema);
  const needed = new Set(strings(required).map(([, one]) => one));
  const positions = mapping(argsPosition);
  const args = Object.entries(mapping(properties)).map(([arg, schema]) =>
    argumentOf(arg, mapping(schema), { required: needed.has(arg), position: positions[arg] }),
  );
  return [
    {
      name,
      ...(typeof description === "string" ? { description } : {}),
      ...(args.length === 0 ? {} : { args }),
      ...(isMapping(requestTemplate) ? { requestTemplate: requestOf(requestTemplate) } : {}),
      ...(isMapping(responseTemplate) ? { responseTemplate: filled(responseTemplate) } : {}),
      ...(typeof errorResponseTemplate === "string" && errorResponseTemplate !== "" ? { errorResponseTemplate } : {}),
      ...securityOf(security),
    },
  ];
}

function argumentOf(name: string, schema: Mapping, more: { readonly required: boolean; position: unknown }): Mapping {
  const { description } = schema;
  const plain = typeof schema["type"] === "string" && Object.keys(schema).every((key) => PLAIN.has(key));
  return {
    name,
    ...(plain ? filled(schema) : { ...(typeof description === "string" ? { description } : {}), schema }),
    ...(more.required ? { required: true } : {}),
    ...(typeof more.position === "string" && more.position !== "" ? { position: more.position } : {}),
  };
}

function requestOf({ security, ...template }: Mapping): Mapping {
  return { ...filled(template), ...securityOf(security) };
}

/** Nacos writes null for what is not there. */
function filled(written: Mapping): Mapping {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null));
}

/** Nacos and Higress do not agree on what the scheme's id is called. */
function securityOf(security: unknown): Mapping {
  const { id, type, credential, passthrough } = mapping(security);
  const scheme = id ?? type;
  if (typeof scheme !== "string" || scheme === "") return {};
  return {
    security: {
      id: scheme,
      ...(typeof credential === "string" && credential !== "" ? { credential } : {}),
      ...(passthrough === true ? { passthrough } : {}),
    },
  };
}
