import type { JsonObject } from "#src/core/json.ts";
import { elicit } from "./asking-tools.ts";
import { PNG } from "./media.ts";
import { shown, STRING } from "./tool.ts";
import type { Turn } from "./turn.ts";

/** A prompt of the fixture server, written once for both eras. */
export interface FixturePrompt {
  readonly definition: JsonObject & { readonly name: string };
  get(args: JsonObject, turn: Turn): Promise<JsonObject> | JsonObject;
}

const user = (content: JsonObject): JsonObject => ({ role: "user", content });
const text = (words: string): JsonObject => user({ type: "text", text: words });

function prompt(
  name: string,
  description: string,
  args: readonly string[],
  get: (args: JsonObject, turn: Turn) => Promise<JsonObject[]> | JsonObject[],
): FixturePrompt {
  const named = args.map((arg) => ({ name: arg, description: `The ${arg}`, required: true }));
  return {
    definition: { name, description, ...(named.length > 0 && { arguments: named }) },
    get: async (given, turn) => ({ messages: await get(given, turn) }),
  };
}

export const PROMPTS: readonly FixturePrompt[] = [
  prompt("test_simple_prompt", "One message.", [], () => [text("This is a simple prompt for testing.")]),
  prompt("test_prompt_with_arguments", "Takes two arguments.", ["arg1", "arg2"], (args) => [
    text(`Prompt with arguments: arg1='${shown(args.arg1)}', arg2='${shown(args.arg2)}'`),
  ]),
  prompt("test_prompt_with_embedded_resource", "Embeds a resource.", ["resourceUri"], (args) => [
    user({
      type: "resource",
      resource: {
        uri: shown(args.resourceUri),
        mimeType: "text/plain",
        text: "Embedded resource content for testing.",
      },
    }),
    text("Please process the embedded resource above."),
  ]),
  prompt("test_prompt_with_image", "Shows a picture.", [], () => [
    user({ type: "image", data: PNG, mimeType: "image/png" }),
    text("Please analyze the image above."),
  ]),
  prompt("test_input_required_result_prompt", "Asks for its context.", [], async (_, turn) => {
    const question = elicit("What context should the prompt use?", { context: STRING }, ["context"]);
    const answer = (await turn.ask({ user_context: question })).user_context;
    return [text(`Context: ${JSON.stringify(answer?.content ?? {})}`)];
  }),
];
