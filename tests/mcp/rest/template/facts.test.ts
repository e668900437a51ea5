import { describe, expect, test } from "bun:test";
import { JsonNode } from "#src/core/gjson/node.ts";
import { compileTemplate } from "#mcp/rest/template/template.ts";
import { TemplateError } from "#mcp/rest/template/value.ts";
// What Go's text/template with Sprig 3.3 makes of the same templates.
import facts from "#tests/fixtures/mcp-rest/templates.json" with { type: "json" };
import { CONTEXT } from "./context.ts";

const document = JsonNode.parse(facts.document)!;

/** Undefined when the template is refused, while it is read or while it is carried out. */
function rendered(template: string): string | undefined {
  try {
    return compileTemplate(template).render(document, CONTEXT);
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    return undefined;
  }
}

describe("templates give what Go and Sprig give", () => {
  for (const { template, result } of facts.cases as readonly { template: string; result?: string }[]) {
    test(template.slice(0, 100), () => expect(rendered(template)).toBe(result));
  }
});
