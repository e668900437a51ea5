import { z } from "zod";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { parseObject } from "#src/core/json-splice.ts";
import { definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { name } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { messagesFor } from "./ai/prompt-body.ts";

interface Options {
  readonly templates: readonly { readonly name: string; readonly template: JsonObject }[];
}

const message = z
  .object({
    role: z.string().describe("Who says it: `system`, `user`, `assistant`."),
    content: z.json().describe("What is said: text, or parts as OpenAI has them. `{{name}}` stands for a property."),
  })
  .catchall(z.json());

const template = z
  .object({
    model: z.string().describe("The model that is asked."),
    messages: z.array(message).describe("What it is asked, in OpenAI's shape."),
  })
  .catchall(z.json());

const options = makes<Options>()(
  z.strictObject({
    templates: list(
      z.strictObject({
        name: name("What requests call it."),
        template: template.describe(
          "A request with placeholders; other fields (`temperature`, …) may stand beside these.",
        ),
      }),
      "The templates.",
    ),
  }),
);

const OFF_HEADER = "template-enable";

/** Higress' ai-prompt-template, for clients of every protocol. */
export const aiPromptTemplate: Plugin<Options> = definePlugin({
  name: "ai-prompt-template",
  summary: "Makes requests of templates: a client names one and gives the properties to fill in.",
  phase: "UNSPECIFIED_PHASE",
  priority: 500,
  failStrategy: "FAIL_OPEN",
  options,
  configure(settings) {
    const templates = new Map(settings.templates.map((one) => [one.name, one.template]));
    return {
      requestHeaders: ({ request }) => (request.headers.get(OFF_HEADER) === "false" ? "pass-body" : undefined),
      requestBody(call, bytes) {
        const body = parseObject(new TextDecoder().decode(bytes));
        const { template: asked, properties, ...others } = body ?? {};
        if (typeof asked !== "string" || !isObject(properties)) return undefined;
        const found = templates.get(asked);
        if (found === undefined) {
          return LocalReply.refuse(400, `There is no template '${asked.slice(0, 200)}'.`, {
            reason: "ai-prompt-template.unknown",
          });
        }
        const { messages, ...fields } = filled(found, properties);
        const said = messagesFor(call.request.path, Array.isArray(messages) ? messages : []);
        call.reroute();
        return new TextEncoder().encode(JSON.stringify({ ...others, ...fields, ...said }));
      },
    };
  },
});

function filled(template: JsonObject, properties: JsonObject): JsonObject {
  const fill = (value: Json): Json => {
    if (typeof value === "string") return filledText(value, properties);
    if (Array.isArray(value)) return value.map(fill);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fill(value)]));
}

/** In one go, so that what a client fills in is no placeholder itself. */
function filledText(text: string, properties: JsonObject): string {
  return text.replaceAll(/\{\{([^{}]+)\}\}/g, (all, key: string) => {
    const value = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (value === undefined) return all;
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}
