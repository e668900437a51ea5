import { compile, type Insert } from "./evaluate.ts";
import { knowsFunction } from "./functions/table.ts";
import type { JsonNode } from "#src/core/gjson/node.ts";
import { parseTemplate } from "./parser.ts";
import { Run, TEMPLATE_LIMITS, type TemplateContext, type TemplateLimits } from "./run.ts";
import { valueOf } from "./value.ts";

/** A template, ready to be filled in as often as wanted. */
export interface Template {
  /** Throws a TemplateError when it cannot be carried out, or goes beyond the limits. */
  render(data: JsonNode, context: TemplateContext): string;
}

/** How a template is compiled. */
export interface TemplateOptions {
  readonly limits?: TemplateLimits;
  readonly insert?: Insert;
}

/**
 * Compiles a template of Go's `text/template` syntax whose fields are GJSON paths, with the functions of Go and Sprig. Throws a TemplateError
 * that says what is wrong with it.
 */
export function compileTemplate(source: string, { limits = TEMPLATE_LIMITS, insert }: TemplateOptions = {}): Template {
  if (!source.includes("{{")) return { render: () => source };
  const execute = compile(parseTemplate(source, knowsFunction), insert);
  return {
    render(data, context) {
      const run = new Run(context, limits);
      execute(run, valueOf(data));
      return run.out;
    },
  };
}
