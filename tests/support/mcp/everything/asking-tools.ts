import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";
import { type FixtureTool, said, shown, STRING, tool } from "./tool.ts";
import type { Questions, Turn } from "./turn.ts";

/** Asks the user for these fields. */
export function elicit(
  message: string,
  properties: Readonly<Record<string, JsonObject>>,
  required?: string[],
): McpRequest {
  const requestedSchema: JsonObject = { type: "object", properties: { ...properties }, ...(required && { required }) };
  return { method: "elicitation/create", params: { message, requestedSchema } };
}

function sample(text: string, maxTokens: number): McpRequest {
  return {
    method: "sampling/createMessage",
    params: { messages: [{ role: "user", content: { type: "text", text } }], maxTokens },
  };
}

const ROOTS: McpRequest = { method: "roots/list", params: {} };
const ASK_NAME = elicit("What is your name?", { name: STRING }, ["name"]);
const CONFIRM = elicit("Please confirm", { ok: { type: "boolean" } }, ["ok"]);

async function ask(turn: Turn, key: string, request: McpRequest): Promise<JsonObject> {
  return (await turn.ask({ [key]: request }))[key] ?? {};
}

/** The field of an accepted form. */
function field(answer: JsonObject | undefined, name: string): string {
  const content = answer?.content;
  return typeof content === "object" && content !== null && !Array.isArray(content) ? shown(content[name]) : "";
}

/** The text of a sampled message, which is one block or, with tools, several. */
function sampled(answer: JsonObject | undefined): string {
  const blocks = Array.isArray(answer?.content) ? answer.content : [answer?.content];
  return blocks
    .map((block) => (typeof block === "object" && block !== null && !Array.isArray(block) ? shown(block.text) : ""))
    .join("");
}

const told = (answer: JsonObject): string =>
  `action=${shown(answer.action)}, content=${JSON.stringify(answer.content ?? {})}`;

/** What of the questions the client can answer. */
function answerable(questions: Questions, capabilities: JsonObject): Questions {
  const needs: Readonly<Record<string, string>> = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
  };
  return Object.fromEntries(
    Object.entries(questions).filter(([, { method }]) => capabilities[needs[method] ?? ""] !== undefined),
  );
}

const OPTIONS = ["option1", "option2", "option3"];
const titled = (noun: string): JsonObject[] =>
  ["First", "Second", "Third"].map((word, i) => ({ const: `value${i + 1}`, title: `${word} ${noun}` }));

const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  name: { type: "string", description: "User name", default: "John Doe" },
  age: { type: "integer", description: "User age", default: 30 },
  score: { type: "number", description: "User score", default: 95.5 },
  status: { type: "string", description: "Status", enum: ["active", "inactive", "pending"], default: "active" },
  verified: { type: "boolean", description: "Verified", default: true },
};

const ENUMS: Readonly<Record<string, JsonObject>> = {
  untitledSingle: { type: "string", enum: OPTIONS },
  titledSingle: { type: "string", oneOf: titled("Option") },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { type: "string", enum: OPTIONS } },
  titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
};

/** Tools that ask the client. */
export const ASKING_TOOLS: readonly FixtureTool[] = [
  tool("test_sampling", "Asks the client's model.", { prompt: STRING }, async (args, turn) =>
    said(`LLM response: ${sampled(await ask(turn, "response", sample(shown(args.prompt), 100)))}`),
  ),
  tool("test_elicitation", "Asks the user.", { message: STRING }, async (args, turn) => {
    const fields = {
      username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" },
    };
    const answer = await ask(turn, "response", elicit(shown(args.message), fields, ["username", "email"]));
    return said(`User response: ${told(answer)}`);
  }),
  tool("test_elicitation_sep1034_defaults", "Asks the user, with defaults.", {}, async (_, turn) =>
    said(`Elicitation completed: ${told(await ask(turn, "response", elicit("Please check the fields", DEFAULTS)))}`),
  ),
  tool("test_elicitation_sep1330_enums", "Asks the user to choose.", {}, async (_, turn) =>
    said(`Elicitation completed: ${told(await ask(turn, "response", elicit("Please choose", ENUMS)))}`),
  ),
  tool("test_missing_capability", "Needs a client with a model.", {}, async (_, turn) =>
    said(sampled(await ask(turn, "response", sample("Hello", 10)))),
  ),
  tool("test_streaming_elicitation", "Asks the user in mid-stream.", {}, async (_, turn) => {
    await turn.progress(0, 1);
    return said(told(await ask(turn, "confirm", CONFIRM)));
  }),
  tool("test_input_required_result_elicitation", "Asks for a name.", {}, async (_, turn) =>
    said(`Hello, ${field(await ask(turn, "user_name", ASK_NAME), "name")}!`),
  ),
  tool("test_input_required_result_sampling", "Asks the client's model for a capital.", {}, async (_, turn) =>
    said(sampled(await ask(turn, "capital_question", sample("What is the capital of France?", 100)))),
  ),
  tool("test_input_required_result_list_roots", "Asks for the client's roots.", {}, async (_, turn) =>
    said(`Roots: ${JSON.stringify((await ask(turn, "client_roots", ROOTS)).roots ?? [])}`),
  ),
  tool("test_input_required_result_request_state", "Asks, and keeps state meanwhile.", {}, async (_, turn) =>
    said(`state-ok: ${field(await ask(turn, "confirm", CONFIRM), "ok")}`),
  ),
  tool("test_input_required_result_tampered_state", "Asks, and trusts no state.", {}, async (_, turn) =>
    said(`Confirmed: ${field(await ask(turn, "confirm", CONFIRM), "ok")}`),
  ),
  tool("test_input_required_result_multiple_inputs", "Asks three things at once.", {}, async (_, turn) => {
    const answers = await turn.ask({
      user_name: ASK_NAME,
      greeting: sample("Generate a greeting", 50),
      client_roots: ROOTS,
    });
    const roots = JSON.stringify(answers.client_roots?.roots ?? []);
    return said(`${sampled(answers.greeting)} ${field(answers.user_name, "name")}: ${roots}`);
  }),
  tool("test_input_required_result_multi_round", "Asks twice.", {}, async (_, turn) => {
    const name = await ask(turn, "step1", elicit("Step 1: What is your name?", { name: STRING }, ["name"]));
    const color = await ask(
      turn,
      "step2",
      elicit("Step 2: What is your favorite color?", { color: STRING }, ["color"]),
    );
    return said(`${field(name, "name")} likes ${field(color, "color")}.`);
  }),
  tool("test_input_required_result_capabilities", "Asks what the client can answer.", {}, async (_, turn) => {
    const questions = { user_name: ASK_NAME, greeting: sample("Generate a greeting", 50), client_roots: ROOTS };
    const answers = await turn.ask(answerable(questions, turn.capabilities));
    return said(`Answered: ${Object.keys(answers).join(", ")}`);
  }),
];
