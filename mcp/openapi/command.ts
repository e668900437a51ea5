import { parseArgs } from "node:util";
import { stringify } from "yaml";
import type { Subcommand, SubcommandWorld } from "#src/core/subcommand.ts";
import type { RestDocument } from "#mcp/rest/format.ts";
import { convertDocument } from "./convert.ts";
import { openDocument } from "./open.ts";
import { applyPatch, parsePatch } from "./patch.ts";
import { Problems, problemText } from "./problem.ts";

const OPTIONS = {
  input: { type: "string" },
  output: { type: "string" },
  "server-name": { type: "string", default: "openapi-server" },
  "tool-prefix": { type: "string", default: "" },
  format: { type: "string", default: "yaml" },
  validate: { type: "boolean", default: false },
  template: { type: "string" },
  server: { type: "string" },
  "describe-responses": { type: "boolean", default: false },
  "url-references": { type: "boolean", default: false },
} as const;

const USAGE = `  sluice openapi-to-mcp [--input] FILE [--output FILE] [--server-name NAME] [--tool-prefix PREFIX]
      [--format yaml|json] [--validate] [--template FILE] [--server URL] [--describe-responses] [--url-references]
      Prints an OpenAPI document (a file or a URL) as tools of a REST server, in Higress' form.
`;

/** `sluice openapi-to-mcp`, with the options of Higress' converter. */
export const openapiToMcp: Subcommand = {
  name: "openapi-to-mcp",
  usage: USAGE,
  async run(args, world) {
    const asked = readArguments(args);
    if (typeof asked === "string") {
      world.tell(`sluice openapi-to-mcp: ${asked}\n\n${USAGE}`);
      return 2;
    }
    try {
      return await convert(asked, world);
    } catch (error) {
      world.tell(`sluice openapi-to-mcp: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  },
};

interface Arguments {
  readonly input: string;
  readonly output: string | undefined;
  readonly serverName: string;
  readonly prefix: string;
  readonly format: "yaml" | "json";
  readonly validate: boolean;
  readonly template: string | undefined;
  readonly server: string | undefined;
  readonly describe: boolean;
  readonly urlReferences: boolean;
}

/** The arguments, or what is wrong with them. */
function readArguments(args: readonly string[]): Arguments | string {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals } = parsed;
  const inputs = [...(values.input === undefined ? [] : [values.input]), ...positionals];
  const [input] = inputs;
  if (input === undefined) return "it takes a document: a file or a URL";
  if (inputs.length > 1) return `it takes one document, and '${inputs[1]}' is another`;
  const { format } = values;
  if (format !== "yaml" && format !== "json") return `--format takes yaml or json, not '${format}'`;
  return {
    input,
    format,
    output: values.output,
    serverName: values["server-name"],
    prefix: values["tool-prefix"],
    validate: values.validate,
    template: values.template,
    server: values.server,
    describe: values["describe-responses"],
    urlReferences: values["url-references"],
  };
}

async function convert(asked: Arguments, world: SubcommandWorld): Promise<number> {
  const problems = new Problems();
  const { documents, url } = await openDocument(asked.input, world, { urlReferences: asked.urlReferences }, problems);
  if (asked.validate) {
    const faults = await validationFaults(documents.value);
    if (faults.length > 0) {
      world.tell(`${asked.input} is no valid OpenAPI document:\n${faults.map((fault) => `  ${fault}\n`).join("")}`);
      return 1;
    }
  }
  const options = {
    serverName: asked.serverName,
    prefix: asked.prefix,
    server: asked.server,
    documentUrl: url,
    response: { describe: asked.describe },
  };
  const converted = convertDocument(documents, options, problems);
  const patch = asked.template === undefined ? undefined : parsePatch(world.readFile(asked.template));
  const made = patch === undefined ? converted : applyPatch(converted, patch);
  for (const problem of problems.list()) world.tell(`${problemText(problem)}\n`);
  const text = asked.format === "json" ? `${JSON.stringify(made, null, 2)}\n` : yamlOf(made);
  if (asked.output === undefined) world.print(text);
  else {
    world.writeFile(asked.output, text);
    world.tell(`${made.tools?.length ?? 0} tools are in ${asked.output}.\n`);
  }
  return 0;
}

function yamlOf(document: RestDocument): string {
  return stringify(document, { lineWidth: 120, aliasDuplicateObjects: false });
}

/** Loaded only here: a gateway never validates by the letter, it takes what it can. */
async function validationFaults(document: object): Promise<string[]> {
  const { validationFaults: faults } = await import("./validate.ts");
  return faults(document);
}
