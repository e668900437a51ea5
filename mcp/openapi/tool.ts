import type { RequestTemplate, ResponseTemplate, RestTool } from "#mcp/rest/format.ts";
import { annotationsOf } from "./annotations.ts";
import { bodyArgs } from "./body.ts";
import { describeAnswer } from "./describe-answer.ts";
import { ArgNames, nameFromPath, type ToolNames } from "./names.ts";
import { type Operation, placeOf } from "./operation.ts";
import type { AnswerOptions, ConvertOptions, ToolOptions } from "./options.ts";
import { outputSchemaOf } from "./output-schema.ts";
import { askedParameters, parameterArgs } from "./parameters.ts";
import type { Problems } from "./problem.ts";
import type { Documents, Located } from "./references.ts";
import { shortArgs } from "./short-args.ts";
import type { SchemaUsage } from "./schema/usage.ts";
import { SchemaWriter } from "./schema/writer.ts";
import type { Security } from "./security.ts";
import { serverOf } from "./servers.ts";

/** What tools of one document are made with. */
export interface ToolContext {
  readonly documents: Documents;
  readonly options: ConvertOptions;
  readonly problems: Problems;
  readonly security: Security;
  readonly usage: SchemaUsage;
  readonly names: ToolNames;
}

/** The longest description, input and output schema, in characters: a model reads them with every request. */
const LONGEST_DESCRIPTION = 1024;
const LONGEST_INPUT_SCHEMA = 32_768;
const LONGEST_OUTPUT_SCHEMA = 16_384;

/** Makes tools of operations. */
export class ToolWriter {
  readonly #context: ToolContext;
  readonly #headers: RequestTemplate["headers"];
  readonly #used = new Set<string>();

  constructor(context: ToolContext) {
    this.#context = context;
    this.#headers = Object.entries(context.options.headers ?? {}).map(([key, value]) => ({
      key,
      value: literal(value),
    }));
  }

  /** A tool; undefined, with the problem told, when none can be made. */
  write(operation: Operation): RestTool | undefined {
    const { options, security } = this.#context;
    const requirement = options.security === false ? undefined : security.of(operation);
    if (requirement === false) return undefined;
    const own = this.#optionsOf(operation);
    const filled = new Set([...security.fills(requirement), ...this.#headerPlaces()]);
    const { args, schemas, template } = this.#request(operation, filled);
    const response = { ...options.response, ...own.response };
    const answer = this.#answer(operation, response);
    return {
      name: this.#context.names.give(own.name ?? operation.id ?? nameFromPath(operation.method, operation.path)),
      description: own.description ?? descriptionOf(operation),
      args,
      ...(requirement?.passthrough === true ? { security: { id: requirement.id, passthrough: true } } : {}),
      requestTemplate: { ...template, ...(requirement === undefined ? {} : { security: requirement }) },
      responseTemplate: answer.template,
      ...(answer.outputSchema === undefined ? {} : { outputSchema: answer.outputSchema }),
      ...(Object.keys(schemas).length === 0 ? {} : { schemas }),
      annotations: annotationsOf(operation, own),
    };
  }

  /** What `tools` in the settings says of operations that there are not. */
  unusedTools(): readonly string[] {
    return Object.keys(this.#context.options.tools ?? {}).filter((name) => !this.#used.has(name));
  }

  #optionsOf(operation: Operation): ToolOptions {
    const { tools = {} } = this.#context.options;
    const names = [operation.id ?? "", placeOf(operation)].filter((name) => Object.hasOwn(tools, name));
    for (const name of names) this.#used.add(name);
    return Object.assign({}, ...names.map((name) => tools[name]));
  }

  /** Headers that the settings give are not asked for. */
  #headerPlaces(): readonly string[] {
    return (this.#headers ?? []).map(({ key }) => `header ${key.toLowerCase()}`);
  }

  #request(
    operation: Operation,
    filled: ReadonlySet<string>,
  ): Pick<Required<RestTool>, "args" | "schemas"> & { readonly template: RequestTemplate } {
    const { documents, problems } = this.#context;
    const parameters = askedParameters(operation, filled);
    const body = this.#bodyOf(operation);
    const roots = [...parameters.map(({ schema }) => schema), ...(body === undefined ? [] : [body.schema])];
    const writer = this.#schemas(operation, roots, "readOnly");
    const names = new ArgNames();
    const { args, path } = parameterArgs(operation, parameters, writer, names, problems);
    const sent = body === undefined ? undefined : bodyArgs(body, writer, names, documents);
    const headers = [...(sent?.template.headers ?? []), ...(this.#headers ?? [])];
    const template: RequestTemplate = {
      url: literal(this.#server(operation)) + literal(path),
      method: operation.method,
      ...sent?.template,
      ...(headers.length === 0 ? {} : { headers }),
    };
    return { ...shortArgs([...args, ...(sent?.args ?? [])], writer.defs, LONGEST_INPUT_SCHEMA), template };
  }

  #bodyOf({ body, method, path }: Operation): Operation["body"] {
    const { problems } = this.#context;
    if (body !== undefined && /^multipart\/(?!form-data|\*)/i.test(body.contentType)) {
      problems.add(`${method} ${path}`, `Its body of ${body.contentType} is sent as multipart/form-data.`);
    }
    if (body === undefined || (method !== "GET" && method !== "HEAD")) return body;
    problems.add(`${method} ${path}`, "Its body is left out: no client may send one with this method.");
    return undefined;
  }

  #server(operation: Operation): string {
    const { options, problems } = this.#context;
    return serverOf(operation, options, options.documentUrl, problems);
  }

  #schemas(operation: Operation, roots: readonly Located[], hides: "readOnly" | "writeOnly"): SchemaWriter {
    const { documents, problems, usage } = this.#context;
    const [shared, { subtypes }] = [usage.shared(roots), usage];
    return new SchemaWriter({ documents, problems, hides, shared, subtypes, where: placeOf(operation) });
  }

  #answer(
    operation: Operation,
    options: AnswerOptions,
  ): { template: ResponseTemplate; outputSchema?: RestTool["outputSchema"] } {
    const limit = options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes };
    const body =
      options.template ?? (options.select === undefined ? undefined : `{{ gjson ${JSON.stringify(options.select)} }}`);
    // What a template makes of an answer no longer fits its schema.
    if (body !== undefined) return { template: { body, ...limit } };
    const { answer } = operation;
    if (answer?.schema === undefined) return { template: limit };
    const writer = this.#schemas(operation, [answer.schema], "writeOnly");
    const outputSchema =
      options.outputSchema === false ? undefined : outputSchemaOf(answer.schema, writer, LONGEST_OUTPUT_SCHEMA);
    const prependBody = options.describe === true ? describeAnswer(answer, writer) : undefined;
    return {
      template: { ...(prependBody === undefined ? {} : { prependBody }), ...limit },
      ...(outputSchema === undefined ? {} : { outputSchema }),
    };
  }
}

/** What a model is told of an operation. */
function descriptionOf({ summary, description, deprecated, method, path }: Operation): string {
  const both = summary !== undefined && description !== undefined && !description.startsWith(summary);
  const text = both ? `${summary}\n\n${description}` : (description ?? summary ?? `${method} ${path}`);
  const whole = deprecated ? `Deprecated. ${text}` : text;
  return whole.length > LONGEST_DESCRIPTION ? `${whole.slice(0, LONGEST_DESCRIPTION - 1)}…` : whole;
}

/** Text in which nothing is a template. */
function literal(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}
